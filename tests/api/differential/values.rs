//! Values for inputs: mostly what is accepted, sometimes what is not.

use cartera::ids::Kind;
use rand::RngExt;
use serde_json::{Map, Value, json};

use super::generator::{Generator, kind_of};
use super::pair::Who;
use crate::support::count_by_kind;
use crate::visibility::schema_text::Argument;

const DAY: i64 = 24 * 60 * 60 * 1000;
const FIRST_NAMES: [&str; 12] = [
    "José",
    "María",
    "Ana",
    "Luis",
    "Zoë",
    "Ñico",
    "Ángel",
    "İpek",
    "Jürgen",
    "Peñaloza",
    "Émile",
    "jose",
];
const LAST_NAMES: [&str; 12] = [
    "Pérez",
    "González",
    "Muñoz",
    "Ibáñez",
    "D'Angelo",
    "O’Neill",
    "Straße",
    "García  López",
    "PEREZ",
    "de la Cruz",
    "Nuñez",
    "Åkerö",
];
const CITIES: [&str; 8] = [
    "Caracas",
    "CARACAS",
    "Mérida",
    "Merida",
    "Bogotá",
    "Ávila",
    "Puerto Ordaz",
    "San Cristóbal",
];
const ODD_TEXTS: [&str; 8] = ["", "   ", "a\u{301}\u{301}", "🦀 emoji", "\u{202e}txt", "<b>", "x\u{7f}y", "null"];
const RULES: [&str; 5] = [
    "FREQ=WEEKLY",
    "FREQ=DAILY;INTERVAL=2",
    "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
    "FREQ=WEEKLY;BYDAY=MO,TH",
    "FREQ=SECONDLY",
];

/// Filters of lists, which inputs such as that of a report have as well.
const FILTERS: [&str; 6] = [
    "ProspectFilter",
    "ClientFilter",
    "TaskFilter",
    "TimelineFilter",
    "DocumentFilter",
    "ProspectCycleFilter",
];

impl Generator {
    /// A value for an argument of a mutation, or for a field of an input.
    pub fn argument(&mut self, place: &str, argument: &Argument) -> Value {
        if FILTERS.contains(&argument.named.as_str()) {
            return self.filter(&argument.named, 0);
        }
        if !argument.is_list {
            return self.value(place, argument);
        }
        if place.starts_with("PossibleDuplicates") {
            return self.looked_for(argument);
        }
        if argument.named == "AttributeValueInput" {
            return self.attribute_values(place);
        }
        let count = if argument.name.starts_with("remove") {
            1
        } else {
            [0, 1, 1, 2, 3][self.dice.random_range(0..5)]
        };
        let mut values: Vec<Value> = Vec::new();
        for _ in 0..count {
            let value = self.value(place, argument);
            // The same twice is refused; that is for values that are meant to be odd.
            if self.odd > 0 || !values.contains(&value) {
                values.push(value);
            }
        }
        json!(values)
    }

    fn value(&mut self, place: &str, argument: &Argument) -> Value {
        let is_odd = self.odd > 0 && self.percent(self.odd);
        if is_odd && !argument.is_required && self.percent(30) && !argument.is_list {
            return Value::Null;
        }
        if let Some(values) = self.schema.enum_values(&argument.named).map(<[String]>::to_vec) {
            return json!(self.one_of(&values));
        }
        match argument.named.as_str() {
            "Boolean" => json!(self.percent(50)),
            "Int" => json!(self.whole_number(&argument.name, is_odd)),
            "Float" => json!(f64::from(self.dice.random_range(if is_odd { -20_000..20_000 } else { -9_000..9_000 })) / 100.0),
            "String" if is_odd && self.percent(20) => json!("ñ".repeat(2_100)),
            "String" if is_odd => json!(self.one_of(&ODD_TEXTS)),
            "String" => json!(self.text(place, &argument.name)),
            "ID" => json!(self.id_for(place, &argument.name)),
            "DateTime" => json!(self.instant(&argument.name, is_odd)),
            "Date" if is_odd => json!(self.one_of(&["2026-02-30", "1899-12-31", "today"])),
            "Date" => json!(format!(
                "2026-0{}-1{}",
                self.dice.random_range(1..10),
                self.dice.random_range(0..10)
            )),
            "Decimal" if is_odd => json!(self.one_of(&["-1", "0.001", "92233720368547758.08"])),
            "Decimal" => json!(format!("{}.50", self.dice.random_range(0..5_000))),
            "CurrencyCode" => json!(self.one_of(&["USD", "EUR", "VES"])),
            "JSON" if is_odd => json!([]),
            "JSON" => count_by_kind(),
            // No request of this test comes with files.
            "Upload" => Value::Null,
            named if self.schema.is_leaf(named) => panic!("the generator does not know the scalar {named} of {place}.{}", argument.name),
            named => self.input(named),
        }
    }

    /// An input object.
    pub fn input(&mut self, named: &str) -> Value {
        let fields = self.schema.input_fields(named).to_vec();
        let mut object = Map::new();
        for field in fields {
            let is_needed = field.is_required || NEEDED.contains(&(named, field.name.as_str()));
            if is_needed && !(self.odd > 0 && !field.is_required && self.percent(self.odd)) || self.percent(35) {
                object.insert(field.name.clone(), self.argument(named, &field));
            }
        }
        self.mend(named, &mut object);
        Value::Object(object)
    }

    /// Adapts fields that are valid only in some combinations. Deliberately odd values stay.
    fn mend(&mut self, named: &str, object: &mut Map<String, Value>) {
        if self.odd > 0 && self.percent(50) {
            return;
        }
        self.mend_id(named, object);
        match named {
            "AddressInput"
                // A sector lies in one zone.
                if object.contains_key("sectorId") => {
                    object.remove("zoneId");
                }
            "IdentifierInput" => {
                let number = self.number();
                let (name, country, text) = self.one_of(&[
                    ("Other document", "VE", format!("Doc-{number}.X")),
                    ("Cédula V", "VE", format!("V-{number}")),
                    ("CC", "CO", format!("{}", 1_000 + number)),
                    ("Other document", "CO", format!("ñ {number}")),
                ]);
                let mut types = self.known.all(Kind::IdentifierType).iter();
                let kind = types.find(|id| self.known.fact_text(id, "name") == Some(name)).cloned();
                object.extend([
                    ("typeId".to_owned(), json!(kind)),
                    ("country".to_owned(), json!(country)),
                    ("number".to_owned(), json!(text)),
                ]);
            }
            "ProspectCreateInput" if self.who != Who::Administrator => {
                object.remove("ownerId");
            }
            "ContactInput" => {
                object.remove("isMain");
                object.remove("removeEmailIds");
                object.remove("removePhoneIds");
                // Which contact has which is not known here.
                for list in ["emails", "phones"] {
                    let points = object.get_mut(list).and_then(Value::as_array_mut);
                    for point in points.into_iter().flatten().filter_map(Value::as_object_mut) {
                        point.remove("id");
                    }
                }
            }
            "TouchInput"
                if self.percent(50) => {
                    object.remove("at");
                }
            "UserDeactivateInput" => {
                if object.contains_key("transferToId") || !self.percent(70) {
                    object.remove("leaveUnassigned");
                } else {
                    object.insert("leaveUnassigned".to_owned(), json!(true));
                }
            }
            "StatusCreateInput" | "StatusUpdateInput" => {
                // What is entered by default or again has to be open, and one status has it already.
                object.retain(|name, _| name != "isDefault" && name != "isReentry");
            }
            "AttributeDefinitionCreateInput" | "AttributeDefinitionUpdateInput" => {
                // Nothing could be saved without them from then on, and conditions are made for the types of the beginning.
                object.retain(|name, _| !name.starts_with("required") && name != "isRequired");
                if named == "AttributeDefinitionUpdateInput" {
                    object.retain(|name, _| !["type", "scale", "choices", "validation"].contains(&name.as_str()));
                }
            }
            _ => {}
        }
    }

    /// The entry of a list that is to change: one that the record has.
    fn mend_id(&mut self, named: &str, object: &mut Map<String, Value>) {
        let lists = [
            ("IdentifierInput", "identifiers"),
            ("EmailInput", "emails"),
            ("PhoneInput", "phones"),
            ("ContactInput", "contacts"),
            ("AddressInput", "addresses"),
        ];
        let list = lists.iter().find(|(input, _)| *input == named);
        if let (Some(edited), Some((_, list))) = (self.edited.clone(), list)
            && object.remove("id").is_some()
            && let Some(id) = self.child(&edited, list)
        {
            object.insert("id".to_owned(), json!(id));
        }
    }

    fn whole_number(&mut self, field: &str, is_odd: bool) -> i64 {
        if is_odd {
            return self.one_of(&[0, -1, 101, 100_000, i64::from(i32::MAX)]);
        }
        let most = match field {
            // Of a tile, which then ends on the grid.
            "column" | "width" | "height" => 3,
            "rating" => 5,
            "validityDays" => 400,
            "durationSeconds" => 5_000,
            "taskDueInHours" => 200,
            _ => 20,
        };
        self.dice.random_range(1..=most)
    }

    fn instant(&mut self, field: &str, is_odd: bool) -> String {
        let day = match field {
            _ if is_odd => self.one_of(&[-200 * 365, 200 * 365, 400]),
            "dueAt" => self.dice.random_range(-10..40),
            "expiresAt" => self.dice.random_range(1..400),
            _ => self.dice.random_range(-90..-1),
        };
        self.time(self.now + day * DAY)
    }

    fn text(&mut self, place: &str, field: &str) -> String {
        let number = self.number();
        match (place, field) {
            ("EmailInput", "value") | (_, "email") => format!("{}.{number}@Correo.example", self.one_of(&["ana", "LUIS", "jose", "x-y"])),
            ("PhoneInput", "value") => self.one_of(&[
                format!("+58212{:07}", 2_000_000 + number),
                format!("0414-{:07}", 3_000_000 + number),
                format!("+34 6{:08}", number),
            ]),
            (_, "name") if place.starts_with("Prospect") => format!("{} {}", self.one_of(&FIRST_NAMES), self.one_of(&LAST_NAMES)),
            // Names in a catalogue are unlike each other.
            (_, "name") => format!("{} {number}", self.one_of(&LAST_NAMES)),
            (_, "legalName") => format!("{} & Hijos, C.A.", self.one_of(&LAST_NAMES)),
            (_, "firstName") => self.one_of(&FIRST_NAMES).to_owned(),
            (_, "lastName") => self.one_of(&LAST_NAMES).to_owned(),
            (_, "city" | "municipality" | "parish") => self.one_of(&CITIES).to_owned(),
            (_, "country") => self.one_of(&["VE", "CO", "ES", "VE"]).to_owned(),
            (_, "color") => format!("#{:06X}", self.dice.random_range(0..0xFF_FFFF)),
            (_, "pattern") => self.one_of(&["[0-9]{3,9}", ".*", "A|B"]).to_owned(),
            (_, "locale") => self.one_of(&["es-VE", "en", "pt-BR"]).to_owned(),
            (_, "timeZone") => self.one_of(&["America/Caracas", "Europe/Madrid", "Asia/Kolkata", "UTC"]).to_owned(),
            (_, "websites" | "pageUrl" | "referrer") => format!("https://{}.example/ñ?{number}", self.one_of(&["a", "b"])),
            (_, "ipAddress") => self.one_of(&[
                format!("203.0.113.{}", number % 256),
                format!("2001:0DB8::{number:04X}"),
                format!("::ffff:198.51.100.{}", number % 256),
            ]),
            ("UtmInput" | "AdClickInput", "campaign") => self.one_of(&["Marca", "marca", "Otoño 2026", "OTONO 2026"]).to_owned(),
            (_, "repeatRule") => self.one_of(&RULES).to_owned(),
            (_, "password" | "newPassword") => crate::support::PASSWORD.to_owned(),
            (_, "currentPassword") => self.one_of(&[crate::support::PASSWORD, "not the password"]).to_owned(),
            (_, "idempotencyKey") => format!("key {}", number % 40),
            (_, "postalCode") => format!("{}", 1_000 + number % 9),
            _ => format!("{} {} {number}", self.one_of(&LAST_NAMES), self.one_of(&CITIES)),
        }
    }

    pub fn id_for(&mut self, place: &str, field: &str) -> String {
        let kind = kind_of(place, field);
        // A client gives its own id to what it creates.
        if field == "id" && place.ends_with("Input") {
            return kind.encode(self.uuid());
        }
        match kind {
            _ if self.odd > 0 => self.id(kind),
            Kind::User if field == "assigneeId" => self.id_where(kind, |known, id| known.fact_text(id, "role") == Some("ADMIN")),
            Kind::User if place.starts_with("user") => {
                let extra: Vec<String> = self.known.all(kind).iter().filter(|id| self.is_extra_user(id)).cloned().collect();
                if extra.is_empty() { self.id(kind) } else { self.one_of(&extra) }
            }
            Kind::User => self.id_where(kind, |known, id| known.fact(id, "isActive") != Some(&json!(false))),
            Kind::PotentialLevel if field == "potentialLevelId" => {
                let wanted = if place.starts_with("Client") || place.starts_with("ProspectConvert") {
                    "CLIENT"
                } else {
                    "PROSPECT"
                };
                self.id_where(kind, |known, id| known.fact_text(id, "appliesTo") == Some(wanted))
            }
            Kind::Task => self.id_where(kind, |known, id| known.fact_text(id, "state") == Some("PLANNED")),
            Kind::Prospect if place == "prospectConvert" => {
                self.id_where(kind, |known, id| known.fact_text(id, "condition") == Some("PROSPECT"))
            }
            _ => self.id(kind),
        }
    }
}

/// Fields that are optional in the schema and required for something new.
const NEEDED: [(&str, &str); 12] = [
    ("IdentifierInput", "typeId"),
    ("IdentifierInput", "number"),
    ("EmailInput", "value"),
    ("PhoneInput", "value"),
    ("ContactInput", "firstName"),
    ("AddressInput", "country"),
    ("ProspectStatusChangeInput", "statusId"),
    ("CycleUpdateInput", "amount"),
    ("ClientUpdateInput", "potentialLevelId"),
    ("TaskUpdateInput", "note"),
    ("ProspectOwnerChangeInput", "ownerId"),
    ("ProspectUpdateInput", "name"),
];
