//! The binary: everything it does is one of the commands.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod commands;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    commands::run()
}
