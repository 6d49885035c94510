//! Node-API binding: convert, call, map the error; nothing else.
