//! The sales process over prospects: cycles, statuses and owners over time, tasks.

pub mod cycle;
pub mod owner_interval;
pub mod status_interval;
pub mod task;
