//! From a request to an answer on the wire.

use serde_json::{Map, Value, json};

use super::ways::{Listing, Wire, Wrong};
use super::{Said, Shop};
use crate::support::proving::TOOLS;
use crate::support::servers::{Request, Response};

const PAGE: &str = "<!DOCTYPE html><html><body>Not here</body></html>";

impl Shop {
    pub(super) fn answer(&mut self, request: &Request) -> Response {
        self.requests += 1;
        let response = if self.requests <= self.ways.starting {
            Response::text(503, "text/plain", "starting").with("Retry-After", "0")
        } else if let Some((every, wait)) = self.ways.limited
            && self.requests.is_multiple_of(every)
        {
            Response::text(429, "text/plain", "slow down").with("Retry-After", wait)
        } else {
            self.route(request)
        };
        let response = self.dress(response);
        let slow_tool = self.ways.slow_tool.filter(|(tool, _)| *tool == request.tool());
        match slow_tool.map(|(_, pace)| pace).or(self.ways.pace) {
            Some(pace) => Response::Late(pace, Box::new(response)),
            None => response,
        }
    }

    fn route(&mut self, request: &Request) -> Response {
        let page = || Response::text(404, "text/html", PAGE);
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/tools") if self.ways.listing == Listing::Loose => Response::Json(200, self.list()),
            ("POST", path) => match path.strip_prefix("/tools/") {
                Some(tool) if TOOLS.contains(&tool) && !self.ways.without.contains(&tool) => {
                    self.call(tool, &request.body)
                }
                _ => page(),
            },
            _ => page(),
        }
    }

    fn list(&self) -> Value {
        let tools: Vec<_> = TOOLS
            .iter()
            .filter(|tool| !self.ways.without.contains(tool))
            .map(|tool| json!({ "name": tool, "inputSchema": { "type": "object" } }))
            .collect();
        json!({ "tools": tools })
    }

    fn call(&mut self, tool: &str, body: &[u8]) -> Response {
        let said = match serde_json::from_slice(body) {
            Ok(Value::Object(input)) => {
                let said = self.tool(tool, &input);
                self.others_act(tool, &input, &said);
                said
            }
            _ => Said::No("invalid_input", json!({})),
        };
        match said {
            Said::Broken(response) => response,
            Said::Yes(fields) => {
                let mut output = Map::new();
                let ok = if self.ways.is(Wrong::OkIsText) {
                    json!("true")
                } else {
                    json!(true)
                };
                output.insert("ok".to_owned(), ok);
                if self.ways.is(Wrong::Nulls) {
                    output.insert("error".to_owned(), Value::Null);
                }
                self.finish(200, output, fields)
            }
            Said::No(code, fields) => {
                let mut output = Map::new();
                output.insert("ok".to_owned(), json!(false));
                if !self.ways.is(Wrong::NoCode) {
                    output.insert("error".to_owned(), json!(code));
                }
                let known = self.ways.statuses.iter().find(|(known, _)| *known == code);
                self.finish(known.map_or(200, |(_, status)| *status), output, fields)
            }
        }
    }

    fn finish(&self, status: u16, mut output: Map<String, Value>, fields: Value) -> Response {
        if let Value::Object(fields) = fields {
            output.extend(fields);
        }
        let mut output = Value::Object(output);
        if self.ways.extras {
            garnish(&mut output);
        }
        Response::Json(status, output)
    }

    /// The headers and the manners of the connection.
    fn dress(&self, response: Response) -> Response {
        let response = match response {
            Response::Json(..) | Response::Full { .. } if self.ways.tells_date => {
                let date = self.ways.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
                response.with("Date", date)
            }
            other => other,
        };
        match self.ways.wire {
            Wire::KeepAlive => response,
            Wire::Closed => match response {
                Response::Json(..) | Response::Full { .. } => {
                    Response::Last(Box::new(response.with("Connection", "close")))
                }
                other => other,
            },
            Wire::OldAndClosed => old(response),
        }
    }
}

/// HTTP/1.0 without a length: the body ends with the connection.
fn old(response: Response) -> Response {
    let (status, headers, body) = match response {
        Response::Json(status, value) => (status, Vec::new(), value.to_string().into_bytes()),
        Response::Full {
            status,
            headers,
            body,
        } => (status, headers, body),
        other => return other,
    };
    let mut bytes = format!("HTTP/1.0 {status} X\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    Response::Raw(bytes)
}

/// Adds fields that no contract knows to every object of an answer.
fn garnish(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(garnish);
            fields.insert("_links".to_owned(), json!({ "self": "/x", "rel": [null] }));
            fields.insert("requestId".to_owned(), json!(7));
        }
        Value::Array(items) => items.iter_mut().for_each(garnish),
        _ => {}
    }
}
