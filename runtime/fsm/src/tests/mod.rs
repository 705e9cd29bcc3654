//! Scenarios in virtual time.

mod announce;
mod check;
mod check_model;
mod exec;
mod expression;
mod file;
mod lab;
mod limits;
mod memory;
mod metric;
mod model;
mod network;
mod plugins;
mod record;
mod restart;
mod schedule;
mod subscribe;
mod switch;
mod timer;
mod transitions;
