//! The slim OpenAPI description: operations by method and path, and validators over its shared schemas.

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

const TEXT: &str = include_str!("../../../fixtures/openapi/github.json");

pub(super) static DESCRIPTION: LazyLock<Description> = LazyLock::new(Description::read);

pub(super) struct Description {
    pub operations: Vec<Operation>,
    components: Value,
}

pub(super) struct Operation {
    pub id: String,
    method: String,
    /// The path's template in parts, such as `repos`, `{owner}`.
    template: Vec<String>,
    /// Parameter to schema.
    pub query: HashMap<String, Value>,
    pub body: Option<Body>,
    /// Status to schema; null where the answer has no body.
    pub responses: Map<String, Value>,
}

pub(super) struct Body {
    pub required: bool,
    pub schema: Value,
}

impl Description {
    fn read() -> Description {
        let value: Value = serde_json::from_str(TEXT).expect("fixtures/openapi/github.json is JSON");
        let list = value["operations"].as_array().expect("a list of operations");
        Description {
            operations: list.iter().map(operation).collect(),
            components: value["components"].clone(),
        }
    }

    /// The operation with the most literal path parts of those that match, and its number.
    pub fn operation(&self, method: &str, path: &str) -> Option<(usize, &Operation)> {
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let mut parts: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(decode)
            .collect();
        if parts.first().is_some_and(|first| first == "repositories") && parts.len() > 1 {
            // The form of GitHub's own `link` headers.
            parts.splice(0..2, ["repos", "by", "id"].map(str::to_owned));
        }
        let fitting = self
            .operations
            .iter()
            .enumerate()
            .filter(|(_, operation)| operation.method == method && fits(&operation.template, &parts));
        fitting.max_by_key(|(_, operation)| {
            operation
                .template
                .iter()
                .filter(|part| !part.starts_with('{'))
                .count()
        })
    }

    /// A validator for a schema whose references point into the components.
    pub fn compile(&self, schema: &Value) -> Validator {
        let root = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema],
            "components": self.components,
        });
        let options = jsonschema::options().should_validate_formats(true);
        options
            .build(&root)
            .unwrap_or_else(|error| panic!("a schema of the description: {error}"))
    }
}

fn operation(value: &Value) -> Operation {
    let text = |key: &str| value[key].as_str().expect("a text").to_owned();
    let body = value["body"].as_object().map(|body| {
        let mut schema = body["schema"].clone();
        close(&mut schema);
        Body {
            required: body["required"] == true,
            schema,
        }
    });
    Operation {
        id: text("id"),
        method: text("method"),
        template: text("path")
            .split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        query: value["query"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        body,
        responses: value["responses"].as_object().expect("responses").clone(),
    }
}

/// Forbids fields that the description does not know.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.contains_key("properties") && object.contains_key("type") {
                object.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            object.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// A parameter takes one part of the path; the name of a branch or a ref, and the path of a file, take one or more.
fn fits(template: &[String], parts: &[String]) -> bool {
    match (template.split_first(), parts.split_first()) {
        (None, None) => true,
        (Some((first, template)), Some((part, rest))) => match first.as_str() {
            "{ref}" | "{branch}" | "{path}" => {
                (0..parts.len()).any(|more| fits(template, &parts[more + 1..]))
            }
            parameter if parameter.starts_with('{') => fits(template, rest),
            literal => literal == part && fits(template, rest),
        },
        _ => false,
    }
}
