//! Engine errors as JavaScript errors. The message carries the fields, joined by U+001F; `src/native/errors.ts` takes them apart.

use napi::bindgen_prelude::{JsObjectValue, JsValue};
use napi::{Env, Status};

const SEPARATOR: &str = "\u{1f}";

pub fn fields(error: &mv2::Error) -> String {
    let text = |value: Option<String>| value.unwrap_or_default();
    let holder = error.holder;
    [
        error.message.clone(),
        text(error.hint.clone()),
        text(error.path.as_ref().map(|p| p.display().to_string())),
        text(error.offset.map(|o| o.to_string())),
        text(holder.map(|h| h.pid.to_string())),
        text(holder.map(|h| h.since_unix_s.to_string())),
    ]
    .join(SEPARATOR)
}

/// For an error that is data in a result: the code, then the fields.
pub fn coded_fields(error: &mv2::Error) -> String {
    [error.code.as_str().to_string(), fields(error)].join(SEPARATOR)
}

/// For synchronous calls: the status becomes the `code` of the JavaScript error.
pub fn thrown(error: mv2::Error) -> napi::Error<String> {
    napi::Error::new(error.code.as_str().to_string(), fields(&error))
}

/// For promises, whose errors have a fixed status type: the error object is made here and rejected with as it is.
pub fn rejected(env: &Env, error: &mv2::Error) -> napi::Error {
    let made = env.create_error(napi::Error::new(Status::GenericFailure, fields(error))).and_then(|mut object| {
        object.set_named_property("code", error.code.as_str())?;
        Ok(napi::Error::from(object.to_unknown()))
    });
    made.unwrap_or_else(|e| e)
}
