//! The schema as the checks need it, read once from its printed form.

use async_graphql::Value;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{self, parse_schema};
use std::collections::{HashMap, HashSet};

/// Every type of the schema by its name, those of introspection included.
pub struct TypeMap {
    kinds: HashMap<String, Kind>,
    query: String,
    mutation: String,
}

/// Kind of type that a name refers to.
pub enum Kind {
    /// A scalar that is not one of the five built in; its values are checked where they are read.
    Scalar,
    Enum(HashSet<String>),
    Input(Input),
    Output(Output),
}

/// An input object.
pub struct Input {
    pub fields: HashMap<String, InputField>,
    /// Exactly one of the fields has to be given.
    pub is_one_of: bool,
}

/// A field of an input object, or an argument.
pub struct InputField {
    pub kind: Type,
    pub default: Option<Value>,
}

/// An object, interface or union.
pub struct Output {
    pub fields: HashMap<String, Field>,
    /// An interface or union.
    pub is_abstract: bool,
    /// A page of a list, with `pageInfo`.
    pub is_connection: bool,
}

/// A field of an object or interface.
pub struct Field {
    pub kind: Type,
    /// The name of its type, without lists and exclamation marks.
    pub named: String,
    /// Number of list wrappers around the named type.
    pub lists: u32,
    /// It has no selection of its own: a scalar or an enum.
    pub is_leaf: bool,
    pub arguments: HashMap<String, InputField>,
}

/// The scalars that every schema has.
const BUILT_IN: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

/// The specification fixes these, and a printed schema leaves them out.
const INTROSPECTION: &str = r#"
    type __Schema {
        description: String types: [__Type!]! queryType: __Type! mutationType: __Type subscriptionType: __Type
        directives: [__Directive!]!
    }
    type __Type {
        kind: __TypeKind! name: String description: String specifiedByURL: String isOneOf: Boolean ofType: __Type
        fields(includeDeprecated: Boolean = false): [__Field!] interfaces: [__Type!] possibleTypes: [__Type!]
        enumValues(includeDeprecated: Boolean = false): [__EnumValue!]
        inputFields(includeDeprecated: Boolean = false): [__InputValue!]
    }
    type __Field {
        name: String! description: String args(includeDeprecated: Boolean = false): [__InputValue!]! type: __Type!
        isDeprecated: Boolean! deprecationReason: String
    }
    type __InputValue {
        name: String! description: String type: __Type! defaultValue: String isDeprecated: Boolean!
        deprecationReason: String
    }
    type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }
    type __Directive {
        name: String! description: String isRepeatable: Boolean! locations: [__DirectiveLocation!]!
        args(includeDeprecated: Boolean = false): [__InputValue!]!
    }
    enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL }
    enum __DirectiveLocation { FIELD }
    type Query { __schema: __Schema! __type(name: String!): __Type }
"#;

impl TypeMap {
    /// Reads a schema; fails only where the text is not one.
    pub fn from_sdl(sdl: &str) -> Result<Self, parser::Error> {
        let schema = parse_schema(sdl)?;
        let introspection = parse_schema(INTROSPECTION)?;
        let (mut query, mut mutation) = ("Query".to_owned(), "Mutation".to_owned());
        for definition in &schema.definitions {
            if let TypeSystemDefinition::Schema(roots) = definition {
                let name = |root: &Option<parser::Positioned<async_graphql::Name>>| root.as_ref().map(|name| name.node.to_string());
                query = name(&roots.node.query).unwrap_or(query);
                mutation = name(&roots.node.mutation).unwrap_or(mutation);
            }
        }
        let leaves = leaves(&[&schema, &introspection]);
        let mut kinds = HashMap::new();
        for document in [introspection, schema] {
            for definition in document.definitions {
                let TypeSystemDefinition::Type(defined) = definition else {
                    continue;
                };
                let defined = defined.node;
                let is_one_of = defined.directives.iter().any(|directive| directive.node.name.node == "oneOf");
                let kind = kind_of(defined.kind, is_one_of, &leaves);
                // The root's introspection fields are declared apart from the rest of it.
                let name = defined.name.node.to_string();
                match (kinds.remove(&name), kind) {
                    (Some(Kind::Output(before)), Kind::Output(mut output)) => {
                        output.fields.extend(before.fields);
                        kinds.insert(name, Kind::Output(output));
                    }
                    (_, kind) => drop(kinds.insert(name, kind)),
                }
            }
        }
        if query != "Query"
            && let Some(Kind::Output(introspection)) = kinds.remove("Query")
            && let Some(Kind::Output(root)) = kinds.get_mut(&query)
        {
            root.fields.extend(introspection.fields);
        }
        Ok(Self { kinds, query, mutation })
    }

    /// The name of the root of queries.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// The name of the root of mutations.
    pub fn mutation(&self) -> &str {
        &self.mutation
    }

    /// The names of all types, those that are built in and those of the schema, without the types of introspection.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let defined = self.kinds.keys().map(String::as_str).filter(|name| !name.starts_with("__"));
        BUILT_IN.into_iter().chain(defined)
    }

    /// Whether there is a type of this name.
    pub fn has(&self, name: &str) -> bool {
        self.kinds.contains_key(name) || BUILT_IN.contains(&name)
    }

    /// The type of a name; `None` for the five built-in scalars, and for unknown names.
    pub fn get(&self, name: &str) -> Option<&Kind> {
        self.kinds.get(name)
    }

    /// An object, interface or union.
    pub fn output(&self, name: &str) -> Option<&Output> {
        match self.kinds.get(name) {
            Some(Kind::Output(output)) => Some(output),
            _ => None,
        }
    }
}

fn kind_of(kind: TypeKind, is_one_of: bool, leaves: &HashSet<String>) -> Kind {
    let (fields, is_abstract) = match kind {
        TypeKind::Scalar => return Kind::Scalar,
        TypeKind::Enum(kind) => {
            return Kind::Enum(kind.values.into_iter().map(|value| value.node.value.node.to_string()).collect());
        }
        TypeKind::InputObject(kind) => {
            return Kind::Input(Input {
                fields: input_fields(kind.fields),
                is_one_of,
            });
        }
        TypeKind::Object(kind) => (kind.fields, false),
        TypeKind::Interface(kind) => (kind.fields, true),
        TypeKind::Union(_) => (Vec::new(), true),
    };
    let fields: HashMap<String, Field> = fields
        .into_iter()
        .map(|field| (field.node.name.node.to_string(), field_of(field.node, leaves)))
        .collect();
    let is_connection = fields.contains_key("pageInfo") && (fields.contains_key("edges") || fields.contains_key("nodes"));
    Kind::Output(Output {
        fields,
        is_abstract,
        is_connection,
    })
}

fn field_of(field: FieldDefinition, leaves: &HashSet<String>) -> Field {
    let (named, lists) = unwrapped(&field.ty.node);
    let named = named.to_owned();
    Field {
        is_leaf: leaves.contains(&named),
        kind: field.ty.node,
        named,
        lists,
        arguments: input_fields(field.arguments),
    }
}

fn input_fields(fields: Vec<parser::Positioned<InputValueDefinition>>) -> HashMap<String, InputField> {
    fields
        .into_iter()
        .map(|field| {
            let field = field.node;
            let default = field.default_value.map(|value| value.node);
            (
                field.name.node.to_string(),
                InputField {
                    kind: field.ty.node,
                    default,
                },
            )
        })
        .collect()
}

/// The named type inside the lists, and how many lists there are.
fn unwrapped(kind: &Type) -> (&str, u32) {
    match &kind.base {
        BaseType::Named(name) => (name, 0),
        BaseType::List(inner) => {
            let (name, lists) = unwrapped(inner);
            (name, lists + 1)
        }
    }
}

fn leaves(documents: &[&ServiceDocument]) -> HashSet<String> {
    let built_in = BUILT_IN.into_iter().map(str::to_owned);
    let defined = documents.iter().flat_map(|document| &document.definitions);
    let declared = defined.filter_map(|definition| match definition {
        TypeSystemDefinition::Type(defined) => match defined.node.kind {
            TypeKind::Scalar | TypeKind::Enum(_) => Some(defined.node.name.node.to_string()),
            _ => None,
        },
        _ => None,
    });
    built_in.chain(declared).collect()
}
