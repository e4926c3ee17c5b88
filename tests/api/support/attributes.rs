//! Definitions of attributes for tests.

use serde_json::{Value, json};

use super::TestApp;

impl TestApp {
    /// A new definition, of a prospect and with its key as label unless the input says otherwise; answers its id.
    pub async fn attribute(&self, input: Value) -> String {
        let mut all = json!({ "entity": "PROSPECT", "label": input["key"] });
        all.as_object_mut()
            .expect("an object")
            .extend(input.as_object().expect("an object").clone());
        let document = "mutation ($input: AttributeDefinitionCreateInput!) { attributeDefinitionCreate(input: $input) {
            attributeDefinition { id } userErrors { code message path } } }";
        let answer = self.admin.run(document, json!({ "input": all })).await;
        let definition = &answer.payload("attributeDefinitionCreate")["attributeDefinition"];
        definition["id"].as_str().expect("an id").to_owned()
    }
}
