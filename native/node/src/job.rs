//! Work on the thread pool whose result is converted on the JavaScript thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Task};

use crate::error::rejected;

type Run<T> = Box<dyn FnOnce() -> mv2::Result<T> + Send>;
type Convert<T, J> = Box<dyn FnOnce(Env, T) -> napi::Result<J> + Send>;

pub struct Job<T, J> {
    run: Option<Run<T>>,
    convert: Option<Convert<T, J>>,
}

/// Runs a call of the engine. A panic is a defect of the engine; it must reach the caller as an error, not end the process.
pub fn caught<T>(run: impl FnOnce() -> mv2::Result<T>) -> mv2::Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        let message = format!("internal error: {}", text.unwrap_or("unknown"));
        Err(mv2::Error::new(mv2::Code::Corrupt, message).hint("please report this; the file was not changed by it"))
    })
}

/// A promise of `convert(run())`.
pub fn job<T: Send + 'static, J: ToNapiValue + TypeName + 'static>(
    run: impl FnOnce() -> mv2::Result<T> + Send + 'static,
    convert: impl FnOnce(T) -> J + Send + 'static,
) -> AsyncTask<Job<T, J>> {
    job_with_env(run, |_, value| Ok(convert(value)))
}

pub fn job_with_env<T: Send + 'static, J: ToNapiValue + TypeName + 'static>(
    run: impl FnOnce() -> mv2::Result<T> + Send + 'static,
    convert: impl FnOnce(Env, T) -> napi::Result<J> + Send + 'static,
) -> AsyncTask<Job<T, J>> {
    AsyncTask::new(Job { run: Some(Box::new(run)), convert: Some(Box::new(convert)) })
}

impl<T: Send + 'static, J: ToNapiValue + TypeName + 'static> Task for Job<T, J> {
    type Output = mv2::Result<T>;
    type JsValue = J;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let run = self.run.take().ok_or_else(|| napi::Error::from_reason("a job runs once"))?;
        Ok(caught(run))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<J> {
        let convert = self.convert.take().ok_or_else(|| napi::Error::from_reason("a job ends once"))?;
        match output {
            Ok(value) => convert(env, value),
            Err(error) => Err(rejected(&env, &error)),
        }
    }
}
