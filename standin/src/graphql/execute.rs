//! Answers a parsed query: root fields come from the state, everything below is picked from JSON objects. A field that
//! is not there is an error, as GitHub's is; a node that is not there is `null` with an entry in `errors`.

use serde_json::{Map, Value, json};

use super::parse::{Argument, Document, Field, Selection};
use crate::account::AccountKind;
use crate::gate::Who;
use crate::shape::Shape;
use crate::state::{Shared, State};

/// Ids that `nodes` takes at once.
const NODES_LIMIT: usize = 100;

/// What is wrong with the whole query: no data then.
type Invalid = String;

struct Execution<'a> {
    shape: Shape<'a>,
    who: &'a Who,
    document: &'a Document,
    variables: &'a Value,
    limit: Value,
    errors: Vec<Value>,
}

pub(crate) fn execute(
    state: &mut State,
    shared: &Shared,
    who: &Who,
    document: &Document,
    variables: &Value,
) -> Value {
    let key = who.token.as_ref().map_or("", |token| &token.text);
    let window = *state.window(key, "graphql");
    // This very query is counted after it was answered.
    let left = window.remaining().saturating_sub(1);
    let limit = json!({
        "__typename": "RateLimit", "cost": 1, "limit": window.limit, "remaining": left,
        "used": window.limit - left, "nodeCount": 0,
        "resetAt": crate::state::iso(i64::try_from(window.reset).unwrap_or(0)),
    });
    let shape = Shape {
        state,
        url: shared.url(),
    };
    let mut execution = Execution {
        shape,
        who,
        document,
        variables,
        limit,
        errors: Vec::new(),
    };
    match execution.roots(&document.selections) {
        Err(message) => json!({"errors": [{"type": "INVALID", "message": message}]}),
        Ok(data) if execution.errors.is_empty() => json!({ "data": data }),
        Ok(data) => json!({"data": data, "errors": execution.errors}),
    }
}

impl Execution<'_> {
    fn roots(&mut self, selections: &[Selection]) -> Result<Value, Invalid> {
        let mut data = Map::new();
        for selection in selections {
            let Selection::Field(field) = selection else {
                return Err("fields are expected at the root".into());
            };
            let path = vec![json!(field.alias)];
            let value = match field.name.as_str() {
                "viewer" => self.viewer(field, &path)?,
                "nodes" => self.nodes(field, &path)?,
                "node" => {
                    let id = self.text_argument(field, "id")?;
                    self.node(field, &id, &path)?
                }
                "user" => self.user(field, &path)?,
                "rateLimit" => self.pick(&self.limit.clone(), field, &path)?,
                "__typename" => json!("Query"),
                other => return Err(format!("Field '{other}' doesn't exist on type 'Query'")),
            };
            data.insert(field.alias.clone(), value);
        }
        Ok(data.into())
    }

    fn viewer(&mut self, field: &Field, path: &[Value]) -> Result<Value, Invalid> {
        let user = self.shape.user_node(self.who.account().unwrap_or(0));
        self.pick(&user, field, path)
    }

    fn user(&mut self, field: &Field, path: &[Value]) -> Result<Value, Invalid> {
        let login = self.text_argument(field, "login")?;
        // An organisation is no user, and owns no gists.
        let account = self.shape.state.account_by_login(&login);
        let Some(account) = account.filter(|account| account.kind == AccountKind::User) else {
            let message = format!("Could not resolve to a User with the login of '{login}'.");
            return Ok(self.absent("NOT_FOUND", path, &message));
        };
        let node = self.shape.user_node(account.id);
        self.pick(&node, field, path)
    }

    fn nodes(&mut self, field: &Field, path: &[Value]) -> Result<Value, Invalid> {
        let ids = field
            .arguments
            .get("ids")
            .ok_or("Field 'nodes' is missing required arguments: ids")?;
        let ids: Vec<String> =
            serde_json::from_value(self.value(ids)?).map_err(|_| "ids must be a list of texts")?;
        if ids.len() > NODES_LIMIT {
            let message = format!(
                "You may not provide more than {NODES_LIMIT} node ids; you provided {}.",
                ids.len()
            );
            return Ok(self.absent("ARGUMENT_LIMIT", path, &message));
        }
        let mut found = Vec::new();
        for (at, id) in ids.iter().enumerate() {
            let path = [path, &[json!(at)]].concat();
            found.push(self.node(field, id, &path)?);
        }
        Ok(found.into())
    }

    fn node(&mut self, field: &Field, id: &str, path: &[Value]) -> Result<Value, Invalid> {
        let state = self.shape.state;
        if let Some(account) = state.accounts.values().find(|account| account.node_id == id) {
            return self.pick(&self.shape.user_node(account.id), field, path);
        }
        match state.gists.values().find(|gist| gist.node_id == id) {
            Some(_) if self.who.is_installation() => Ok(self.forbidden(path)),
            Some(gist) => self.pick(&self.shape.gist_node(gist), field, path),
            None => {
                let message = format!("Could not resolve to a node with the global id of '{id}'");
                Ok(self.absent("NOT_FOUND", path, &message))
            }
        }
    }

    /// `gist(name:)` of a user; somebody else's gist is `null`.
    fn gist_of(&mut self, user: &Value, field: &Field, path: &[Value]) -> Result<Value, Invalid> {
        if self.who.is_installation() {
            return Ok(self.forbidden(path));
        }
        let name = self.text_argument(field, "name")?;
        let gist = self.shape.state.gists.get(&name);
        match gist.filter(|gist| gist.owner.is_some() && gist.owner == user["databaseId"].as_u64()) {
            Some(gist) => self.pick(&self.shape.gist_node(gist), field, path),
            None => Ok(Value::Null),
        }
    }

    fn forbidden(&mut self, path: &[Value]) -> Value {
        self.absent("FORBIDDEN", path, "Resource not accessible by integration")
    }

    fn absent(&mut self, kind: &str, path: &[Value], message: &str) -> Value {
        let place = json!([{"line": 1, "column": 1}]);
        self.errors
            .push(json!({"type": kind, "path": path, "locations": place, "message": message}));
        Value::Null
    }

    /// The fields of `value` that `field` asks for.
    fn pick(&mut self, value: &Value, field: &Field, path: &[Value]) -> Result<Value, Invalid> {
        match value {
            Value::Array(items) => {
                let limit = match field
                    .arguments
                    .get("limit")
                    .or_else(|| field.arguments.get("first"))
                {
                    Some(limit) => self.value(limit)?.as_u64().unwrap_or(u64::MAX),
                    None => u64::MAX,
                };
                let shown = items
                    .iter()
                    .take(usize::try_from(limit).unwrap_or(usize::MAX))
                    .enumerate();
                let shown: Result<Vec<_>, _> = shown
                    .map(|(at, item)| self.pick(item, field, &[path, &[json!(at)]].concat()))
                    .collect();
                Ok(shown?.into())
            }
            Value::Object(object) => {
                if field.selections.is_empty() {
                    return Err(format!("Field must have selections (field '{}')", field.name));
                }
                let mut picked = Map::new();
                self.pick_into(&mut picked, object, &field.selections, path)?;
                Ok(picked.into())
            }
            scalar => Ok(scalar.clone()),
        }
    }

    fn pick_into(
        &mut self,
        picked: &mut Map<String, Value>,
        object: &Map<String, Value>,
        selections: &[Selection],
        path: &[Value],
    ) -> Result<(), Invalid> {
        let document = self.document;
        let kind = object["__typename"].as_str().unwrap_or_default();
        for selection in selections {
            let fragment = match selection {
                Selection::Field(field) => {
                    let path = [path, &[json!(field.alias)]].concat();
                    let value = if kind == "User" && field.name == "gist" {
                        self.gist_of(&object.clone().into(), field, &path)?
                    } else {
                        let missing = || format!("Field '{}' doesn't exist on type '{kind}'", field.name);
                        self.pick(object.get(&field.name).ok_or_else(missing)?, field, &path)?
                    };
                    picked.insert(field.alias.clone(), value);
                    continue;
                }
                Selection::Inline(fragment) => fragment,
                Selection::Spread(name) => document
                    .fragments
                    .get(name)
                    .ok_or(format!("Fragment {name} was used, but not defined"))?,
            };
            if fragment
                .on
                .as_deref()
                .is_none_or(|on| on == kind || INTERFACES.contains(&on))
            {
                self.pick_into(picked, object, &fragment.selections, path)?;
            }
        }
        Ok(())
    }

    fn text_argument(&self, field: &Field, name: &str) -> Result<String, Invalid> {
        let argument = field.arguments.get(name);
        let missing = || format!("Field '{}' is missing required arguments: {name}", field.name);
        let value = self.value(argument.ok_or_else(missing)?)?;
        value
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| format!("{name} must be a text"))
    }

    fn value(&self, argument: &Argument) -> Result<Value, Invalid> {
        Ok(match argument {
            Argument::Constant(value) => value.clone(),
            Argument::List(items) => items
                .iter()
                .map(|item| self.value(item))
                .collect::<Result<Vec<_>, _>>()?
                .into(),
            Argument::Variable(name) => {
                let value = self.variables.get(name);
                value
                    .cloned()
                    .ok_or(format!("Variable ${name} was provided no value"))?
            }
        })
    }
}

/// What a gist or an account is besides its own type.
const INTERFACES: [&str; 5] = [
    "Node",
    "Actor",
    "RepositoryOwner",
    "UniformResourceLocatable",
    "Starrable",
];
