//! Answers from responses of the library.

use super::*;
use async_graphql::PathSegment;

const FREE: Charge = Charge {
    requested: 0,
    actual: 0,
    throttle: None,
};

fn origin() -> Origin {
    Origin {
        request_id: "r1".to_owned(),
        ..Origin::default()
    }
}

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_slice(&answer.to_json()).unwrap()
}

fn failure(message: &str, code: Option<&str>) -> ServerError {
    let mut error = ServerError::new(message, None).with_path(vec![PathSegment::Field("a".to_owned())]);
    if let Some(code) = code {
        error.extensions.get_or_insert_default().set("code", code);
    }
    error
}

#[test]
fn errors_have_codes_and_say_nothing_of_the_inside() {
    let errors = vec![
        failure("no", Some("FORBIDDEN")),
        failure("connection to 10.0.0.1 refused", Some("INTERNAL")),
        failure("Failed to parse \"Int\": no", None),
        failure("Data `Arc<Cx>` does not exist.", None),
    ];
    let answer = Answer::of(Response::from_errors(errors), &Limits::default(), FREE, &origin());
    let answer = json(&answer);
    assert_eq!(answer["data"], serde_json::Value::Null);
    assert!(answer.as_object().unwrap().contains_key("data"));
    let errors: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            assert_eq!(error["extensions"]["requestId"], "r1");
            (error["extensions"]["code"].as_str().unwrap(), error["message"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        errors,
        [
            ("FORBIDDEN", "no"),
            ("INTERNAL", "internal error"),
            ("BAD_USER_INPUT", "Failed to parse \"Int\": no"),
            ("INTERNAL", "internal error"),
        ]
    );
}

#[test]
fn operations_refused_as_a_whole_say_so_by_their_status() {
    let refused = |code: &str, data: Value| {
        let mut error = failure("later", Some(code));
        error.extensions.get_or_insert_default().set("retryAfterSeconds", 30);
        let mut response = Response::new(data);
        response.errors.push(error);
        let answer = Answer::of(response, &Limits::default(), FREE, &origin());
        (answer.outcome, answer.retry_after)
    };
    let nothing = async_graphql::value!({ "a": null });
    let something = async_graphql::value!({ "a": null, "b": 1 });
    assert_eq!(refused("RATE_LIMITED", nothing.clone()), (Outcome::RateLimited, Some(30)));
    assert_eq!(refused("UNAVAILABLE", Value::Null), (Outcome::Unavailable, Some(30)));
    assert_eq!(refused("RATE_LIMITED", something), (Outcome::Executed, None));
    assert_eq!(refused("FORBIDDEN", nothing), (Outcome::Executed, None));
}

#[test]
fn invalid_documents_have_no_data() {
    let response = Response::from_errors(vec![ServerError::new("x".repeat(1_000), None); 100]);
    let answer = Answer::of(response, &Limits::default(), FREE, &origin());
    assert_eq!(answer.outcome, Outcome::Invalid);
    assert!(answer.to_json().len() < 10_000);
    let answer = json(&answer);
    assert!(!answer.as_object().unwrap().contains_key("data"));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 10);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
}
