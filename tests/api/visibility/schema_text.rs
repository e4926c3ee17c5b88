//! The schema for the walk, read from its printed form, so that new members are found without a list.

use std::collections::BTreeMap;

use async_graphql::parser::types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition};
use async_graphql::parser::{Positioned, parse_schema};

/// The types by their names.
pub struct SchemaText {
    pub types: BTreeMap<String, Definition>,
}

pub enum Definition {
    Scalar,
    Enum(Vec<String>),
    Input(Vec<Argument>),
    /// An object, or an interface with the objects that it may be.
    Output {
        fields: Vec<Field>,
        possible: Vec<String>,
        is_abstract: bool,
    },
}

#[derive(Clone)]
pub struct Field {
    pub name: String,
    pub named: String,
    pub arguments: Vec<Argument>,
}

/// An argument, or a field of an input object.
#[derive(Clone)]
pub struct Argument {
    pub name: String,
    pub named: String,
    pub is_list: bool,
    pub is_required: bool,
}

/// Stands in a path behind the first type that lies below itself.
const AGAIN: &str = "again";

impl SchemaText {
    pub fn read() -> SchemaText {
        let document = parse_schema(cartera::schema::sdl()).expect("the printed schema is one");
        let mut types = BTreeMap::new();
        let mut implementers: Vec<(String, String)> = Vec::new();
        for builtin in ["Boolean", "Float", "ID", "Int", "String"] {
            types.insert(builtin.to_owned(), Definition::Scalar);
        }
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let name = definition.node.name.node.to_string();
            let definition = match definition.node.kind {
                TypeKind::Scalar => Definition::Scalar,
                TypeKind::Enum(kind) => Definition::Enum(kind.values.iter().map(|value| value.node.value.node.to_string()).collect()),
                TypeKind::InputObject(kind) => Definition::Input(kind.fields.iter().map(argument).collect()),
                TypeKind::Object(kind) => {
                    implementers.extend(kind.implements.iter().map(|interface| (interface.node.to_string(), name.clone())));
                    output(&kind.fields, vec![name.clone()], false)
                }
                TypeKind::Interface(kind) => output(&kind.fields, Vec::new(), true),
                TypeKind::Union(kind) => output(&[], kind.members.iter().map(|member| member.node.to_string()).collect(), true),
            };
            types.insert(name, definition);
        }
        for (interface, object) in implementers {
            if let Some(Definition::Output { possible, .. }) = types.get_mut(&interface) {
                possible.push(object);
            }
        }
        SchemaText { types }
    }

    pub fn fields(&self, name: &str) -> &[Field] {
        match self.types.get(name) {
            Some(Definition::Output { fields, .. }) => fields,
            _ => panic!("{name} has no fields"),
        }
    }

    pub fn input_fields(&self, name: &str) -> &[Argument] {
        match self.types.get(name) {
            Some(Definition::Input(fields)) => fields,
            _ => panic!("{name} is no input object"),
        }
    }

    /// The values of an enum; None where the type is none.
    pub fn enum_values(&self, name: &str) -> Option<&[String]> {
        match self.types.get(name) {
            Some(Definition::Enum(values)) => Some(values),
            _ => None,
        }
    }

    /// The objects that an interface or union may be; the type alone where it is an object.
    pub fn possible(&self, name: &str) -> &[String] {
        match self.types.get(name) {
            Some(Definition::Output { possible, .. }) => possible,
            _ => panic!("{name} is no object"),
        }
    }

    pub fn is_leaf(&self, name: &str) -> bool {
        matches!(self.types.get(name), Some(Definition::Scalar | Definition::Enum(_)))
    }

    /// Whether it is an object or an interface.
    pub fn is_output(&self, name: &str) -> bool {
        matches!(self.types.get(name), Some(Definition::Output { .. }))
    }

    pub fn is_abstract(&self, name: &str) -> bool {
        matches!(self.types.get(name), Some(Definition::Output { is_abstract: true, .. }))
    }

    /// A selection of everything below a type. Where a type comes again below itself, its edges are followed once more, to objects that say
    /// no more than what they hold themselves: with everything below those, too, the document would be too large to be answered.
    pub fn selection(&self, name: &str) -> String {
        self.expand(name, &mut Vec::new())
    }

    fn expand(&self, name: &str, path: &mut Vec<String>) -> String {
        let Some(Definition::Output {
            fields,
            possible,
            is_abstract,
        }) = self.types.get(name)
        else {
            panic!("{name} has no fields");
        };
        if *is_abstract {
            let parts: Vec<String> = possible
                .iter()
                .map(|object| format!("... on {object} {}", self.expand(object, path)))
                .collect();
            return format!("{{ __typename {} }}", parts.join(" "));
        }
        // Pages and edges lie between the objects that matter.
        let is_wrapper = name.ends_with("Connection") || name.ends_with("Edge");
        let is_last = !is_wrapper && path.iter().any(|other| other == AGAIN);
        let is_again = !is_wrapper && !is_last && path.iter().any(|other| other == name);
        let depth = path.len();
        path.push(name.to_owned());
        if is_again {
            path.push(AGAIN.to_owned());
        }
        let parts: Vec<String> = fields
            .iter()
            .filter(|field| self.is_leaf(&field.named) || !is_last)
            // What a saved report answers depends on the caller, and has tests of its own.
            .filter(|field| field.named != "Report")
            .map(|field| {
                // Two objects of an interface may use one name for different types, hence the aliases.
                let alias = if ["id", "reference"].contains(&field.name.as_str()) {
                    String::new()
                } else {
                    format!("{name}_{}: ", field.name)
                };
                let below = match () {
                    () if self.is_leaf(&field.named) => String::new(),
                    // What `edges` say need not be said twice.
                    () if name.ends_with("Connection") && field.name == "nodes" => {
                        let has_id = self.fields(&field.named).iter().any(|field| field.name == "id");
                        if has_id { "{ __typename id }" } else { "{ __typename }" }.to_owned()
                    }
                    () if name.ends_with("AttributeValue") || field.name == "attribute" => self.own_leaves(&field.named),
                    () if name == "Document" || field.name == "lastTouch" => self.own_leaves(&field.named),
                    () if field.named == "Document" && !is_wrapper => self.own_leaves(&field.named),
                    // Entries of all kinds lead to their prospect alike; one of them shows everything below it.
                    () if name.ends_with("Entry") && field.name == "prospect" && name != "NoteEntry" => self.own_leaves(&field.named),
                    () => self.expand(&field.named, path),
                };
                format!("{alias}{}{} {below}", field.name, self.page_arguments(name, field))
            })
            .collect();
        path.truncate(depth);
        format!("{{ __typename {} }}", parts.join(" "))
    }

    /// The ID of an object, or else what it says by itself. Values of attributes and documents refer to objects of all kinds, which other fields
    /// lead to as well.
    fn own_leaves(&self, name: &str) -> String {
        if self.is_abstract(name) && self.fields(name).is_empty() {
            let parts: Vec<String> = self
                .possible(name)
                .iter()
                .map(|object| format!("... on {object} {{ id }}"))
                .collect();
            return format!("{{ __typename {} }}", parts.join(" "));
        }
        if self.fields(name).iter().any(|field| field.name == "id") {
            return "{ __typename id }".to_owned();
        }
        let fields = self.fields(name).iter();
        let leaves = fields.filter(|field| self.is_leaf(&field.named) && field.arguments.is_empty());
        let leaves = leaves.map(|field| match field.name.as_str() {
            "id" | "reference" => field.name.clone(),
            other => format!("{name}_{other}: {other}"),
        });
        format!("{{ __typename {} }}", leaves.collect::<Vec<_>>().join(" "))
    }

    /// The arguments of a field inside the tree; fails if one is required or unknown, so that its value is decided.
    fn page_arguments(&self, parent: &str, field: &Field) -> &'static str {
        for argument in &field.arguments {
            let is_known = ["first", "last", "after", "before", "filter", "orderBy", "keys"].contains(&argument.name.as_str());
            let is_given = field.name == "attribute" && argument.name == "key";
            assert!(
                is_given || is_known && !argument.is_required,
                "the schema walk does not know how to fill {parent}.{}({}:)",
                field.name,
                argument.name
            );
        }
        if field.arguments.iter().any(|argument| argument.name == "key") {
            // The world has an attribute of this key for every kind of record.
            "(key: \"mark\")"
        } else if field.arguments.iter().any(|argument| argument.name == "first") {
            "(first: 50)"
        } else {
            ""
        }
    }
}

fn output(fields: &[Positioned<FieldDefinition>], possible: Vec<String>, is_abstract: bool) -> Definition {
    let fields = fields
        .iter()
        .map(|field| Field {
            name: field.node.name.node.to_string(),
            named: named(&field.node.ty.node),
            arguments: field.node.arguments.iter().map(argument).collect(),
        })
        .collect();
    Definition::Output {
        fields,
        possible,
        is_abstract,
    }
}

fn argument(value: &Positioned<InputValueDefinition>) -> Argument {
    let kind = &value.node.ty.node;
    Argument {
        name: value.node.name.node.to_string(),
        named: named(kind),
        is_list: matches!(kind.base, BaseType::List(_)),
        is_required: !kind.nullable && value.node.default_value.is_none(),
    }
}

fn named(kind: &Type) -> String {
    match &kind.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => named(inner),
    }
}
