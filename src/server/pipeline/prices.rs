//! Properties of this schema, besides its types, that prices depend on.

use crate::limits::cost::Prices;
use crate::schema::setup::catalogs;

/// Derives the prices of catalogues from their list, besides the given ones.
macro_rules! prices_of_catalogs {
    ([$($cached:literal),+; $($text:expr,)+] $($node:ident $module:ident $many:ident $prefix:literal $shape:ident;)+) => {
        /// Types that are cached in memory.
        const CACHED: &[&str] = &[$(stringify!($node),)+ $($cached),+];

        /// Fields whose text may have 1,000 characters or more, with the most that it may have.
        const TEXTS: &[(&str, &str, u64)] = &[$((stringify!($node), "description", 1_000),)+ $($text,)+];
    };
}
catalogs!(
    prices_of_catalogs,
    "AttributeChoice", "AttributeDefinition", "AttributeIndex", "AttributeValidation", "Country", "User";
    ("Address", "line", 2_000),
    ("Address", "reference", 2_000),
    ("AttributeDefinition", "description", 1_000),
    ("Contact", "description", 2_000),
    ("Cycle", "reasonNote", 2_000),
    // All web sites together are longer, but hardly anything else is that is edited.
    ("FieldChange", "after", 2_000),
    ("FieldChange", "before", 2_000),
    ("Interaction", "body", 20_000),
    ("Note", "body", 20_000),
    ("NoteVersion", "body", 20_000),
    ("OwnerChangeEntry", "comment", 2_000),
    ("Prospect", "websites", 2_000),
    ("SavedReport", "description", 1_000),
    ("StatusChangeEntry", "reasonNote", 2_000),
    ("Task", "closingNote", 2_000),
    ("Task", "note", 2_000),
    ("TaskEntry", "comment", 2_000),
    ("Touch", "pageUrl", 2_000),
    ("Touch", "referrer", 2_000),
);

/// Fields of inputs that take a recurrence rule.
const RULES: &[&str] = &["repeatRule"];

/// Inputs of reports.
const REPORTS: &[&str] = &["ReportInput"];

/// Inputs with the parameters of saved reports.
const PARAMETERS: &[&str] = &["ReportParametersInput"];

/// Plain lists that count as many objects as they can have.
const LENGTHS: &[(&str, &str, u64)] = &[("Dashboard", "tiles", 24)];

/// The prices, with so many records in a page at most.
pub fn prices(page_size: u64) -> Prices<'static> {
    Prices {
        cached: CACHED,
        texts: TEXTS,
        added: &[],
        rules: RULES,
        reports: REPORTS,
        parameters: PARAMETERS,
        lengths: LENGTHS,
        page_size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Kind;
    use crate::limits::TypeMap;
    use crate::limits::cost::price;
    use crate::limits::variables::declared;
    use crate::schema::sdl;
    use async_graphql::Variables;
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
    use async_graphql::parser::{parse_query, parse_schema};
    use std::collections::BTreeMap;

    /// A field with its type as it is written, and its description.
    struct Field {
        kind: String,
        description: String,
    }

    /// The fields of all objects, and those of all inputs, by type and name.
    fn fields() -> [BTreeMap<(String, String), Field>; 2] {
        let mut fields = [BTreeMap::new(), BTreeMap::new()];
        for definition in parse_schema(sdl()).expect("the schema can be read").definitions {
            let TypeSystemDefinition::Type(defined) = definition else {
                continue;
            };
            let owner = defined.node.name.node.to_string();
            let mut add = |place: usize, name: String, kind: String, description: Option<String>| {
                let description = description.unwrap_or_default();
                fields[place].insert((owner.clone(), name), Field { kind, description });
            };
            match defined.node.kind {
                TypeKind::Object(object) => {
                    for field in object.fields {
                        let description = field.node.description.map(|text| text.node);
                        add(0, field.node.name.node.to_string(), field.node.ty.node.to_string(), description);
                    }
                }
                TypeKind::InputObject(input) => {
                    for field in input.fields {
                        let description = field.node.description.map(|text| text.node);
                        add(1, field.node.name.node.to_string(), field.node.ty.node.to_string(), description);
                    }
                }
                _ => {}
            }
        }
        fields
    }

    /// The characters that a description allows.
    fn most(description: &str) -> Option<u64> {
        let before = description
            .split(" characters")
            .next()
            .filter(|before| before.len() < description.len())?;
        before.rsplit(' ').next()?.replace(',', "").parse().ok()
    }

    fn is_text(kind: &str) -> bool {
        kind.trim_matches(['[', ']', '!']) == "String"
    }

    /// The price of a field of the table; None where it is not there.
    fn listed(owner: &str, name: &str) -> Option<u64> {
        let mut texts = TEXTS.iter();
        let text = texts.find(|(of, field, _)| (*of, *field) == (owner, name));
        text.map(|(_, _, most)| *most)
    }

    #[test]
    fn each_long_text_of_the_schema_has_a_price() {
        let [outputs, inputs] = fields();
        let long = |field: &Field| most(&field.description).filter(|most| is_text(&field.kind) && *most >= 1_000);
        let mut looked_at = 0;
        for ((owner, name), field) in &outputs {
            let stated = most(&field.description).filter(|_| is_text(&field.kind));
            // What takes a long text stores it under the same name, or as what was said about something.
            let same_name = inputs.iter().any(|((_, input), field)| input == name && long(field).is_some());
            let is_said = ["reasonNote", "comment", "closingNote", "before", "after"].contains(&name.as_str());
            if is_text(&field.kind) && (stated.is_some_and(|most| most >= 1_000) || same_name || is_said) {
                looked_at += 1;
                assert!(listed(owner, name).is_some(), "`{owner}.{name}` may be long and has no price");
            }
        }
        assert_eq!(looked_at, TEXTS.len(), "the table has fields that are not long");
        for (owner, name, stored) in TEXTS {
            assert!(
                outputs.contains_key(&((*owner).to_owned(), (*name).to_owned())),
                "`{owner}.{name}` is no field"
            );
            let of_owner = inputs.iter().filter(|((input, field), _)| {
                field == name
                    && ["Input", "CreateInput", "UpdateInput", "LogInput"]
                        .iter()
                        .any(|end| *input == format!("{owner}{end}"))
            });
            for (_, input) in of_owner {
                assert_eq!(long(input).or(Some(*stored)), Some(*stored), "the price of `{owner}.{name}`");
            }
        }
    }

    #[test]
    fn each_rule_of_the_schema_has_a_price() {
        let [_, inputs] = fields();
        let rules = inputs.iter().filter(|(_, field)| field.description.starts_with("Recurrence from"));
        let mut names: Vec<&str> = rules.map(|((_, name), _)| name.as_str()).collect();
        names.dedup();
        assert_eq!(names, RULES);
    }

    #[test]
    fn lists_with_a_fixed_length_state_it() {
        let [outputs, inputs] = fields();
        for (owner, name, most) in LENGTHS {
            let field = &outputs[&((*owner).to_owned(), (*name).to_owned())];
            assert!(
                field.description.contains(&format!("At most {most}.")),
                "`{owner}.{name}`: {}",
                field.description
            );
        }
        for input in REPORTS.iter().chain(PARAMETERS) {
            assert!(inputs.keys().any(|(owner, _)| owner == input), "`{input}` is no input");
        }
    }

    #[test]
    fn cached_types_exist() {
        let [outputs, _] = fields();
        for cached in CACHED {
            assert!(outputs.keys().any(|(owner, _)| owner == cached), "`{cached}` is no type");
        }
    }

    /// A catalogue is priced as memory is, with its long text, and has all its root fields.
    #[test]
    fn each_catalogue_has_its_prices() {
        let types = TypeMap::from_sdl(&sdl()).expect("the schema can be read");
        let [outputs, _] = fields();
        let cost = |list: &str| {
            let document = parse_query(format!("{{ {list} {{ id name description position isRetired version }} }}")).expect("a document");
            let (_, operation) = document.operations.iter().next().expect("an operation");
            let variables = declared(&operation.node, Variables::default());
            price(&operation.node, &document, &variables, &types, prices(100)).cost.points
        };
        let camel = |table: &str| {
            let mut words = table.split('_');
            let first = words.next().unwrap_or_default().to_owned();
            words.fold(first, |text, word| format!("{text}{}{}", word[..1].to_uppercase(), &word[1..]))
        };
        let has = |root: &str, name: String| assert!(outputs.contains_key(&(root.to_owned(), name.clone())), "there is no {root}.{name}");
        for (kind, table) in Kind::CATALOGS {
            let node = format!("{kind:?}");
            let (one, many) = (format!("{}{}", node[..1].to_lowercase(), &node[1..]), camel(table));
            assert!(CACHED.contains(&&node[..]), "`{node}` is not cached");
            assert_eq!(listed(&node, "description"), Some(1_000), "{node}");
            for action in ["Create", "Update", "Retire", "Restore", "Reorder"] {
                has("Mutation", format!("{one}{action}"));
            }
            if kind == Kind::Sector {
                has("Zone", many);
                continue;
            }
            has("Query", many.clone());
            assert_eq!(cost(&many), cost("channels"), "the price of {many}");
        }
        // A type that looks like the entry of a catalogue is one of the list.
        for (owner, _) in outputs.keys().filter(|(_, name)| name == "isRetired") {
            let is_definition = ["AttributeChoice", "AttributeDefinition"].contains(&&owner[..]);
            assert!(
                is_definition || Kind::CATALOGS.iter().any(|(kind, _)| format!("{kind:?}") == *owner),
                "`{owner}` is not in the list of catalogues"
            );
        }
    }

    /// Typical documents of clients must stay far below the limit.
    #[test]
    fn usual_documents_are_cheap() {
        let types = TypeMap::from_sdl(&sdl()).expect("the schema can be read");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/operations");
        let mut priced = 0;
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("a document");
            let document = parse_query(&text).expect("a document");
            for (name, operation) in document.operations.iter() {
                let variables = declared(&operation.node, Variables::default());
                let cost = price(&operation.node, &document, &variables, &types, prices(100)).cost;
                assert!(
                    cost.points <= 2_500,
                    "{} of {}: {cost:?}",
                    name.map_or("", |name| name),
                    path.display()
                );
                priced += 1;
            }
        }
        assert!(priced > 20);
    }

    /// The library takes no default of the schema for an argument whose variable is absent, and the price would.
    #[test]
    fn no_argument_has_a_default() {
        for definition in parse_schema(sdl()).expect("the schema can be read").definitions {
            let TypeSystemDefinition::Type(defined) = definition else {
                continue;
            };
            let TypeKind::Object(object) = defined.node.kind else { continue };
            for field in object.fields {
                for argument in field.node.arguments {
                    assert!(
                        argument.node.default_value.is_none(),
                        "{}.{}",
                        defined.node.name.node,
                        field.node.name.node
                    );
                }
            }
        }
    }
}
