//! Checks that need no plugin: one module and one constant for each.
//!
//! A check takes typed parameters, looks at the machine or at what can be reached from it through
//! `chorister-system`, judges what it finds by thresholds, and answers as a monitoring plugin would: a status
//! and a line of text with performance data. It never takes longer than its deadline. A binary links the checks
//! whose constants it names.
//!
//! # Parameters
//!
//! *duration* is a text such as `250ms`, `10m` or `14d`, or a number of seconds; *size* a text such as `10GiB`
//! or `500MB`, or a number of bytes; *percent* `80%` or 80. A *threshold* is what plugins take: `80` is exceeded
//! above 80 and below 0, `10:` below 10, `~:80` above 80, `10:20` outside, `@10:20` inside; where a percentage is
//! judged it may carry a `%`, as in `80%`. A *list* is a list of texts; a single text is a list of one.
//! A dash means that there is no default; parameters with neither a default nor the word *required* are optional.
//!
//! | check | parameter | type | default | what it is |
//! |---|---|---|---|---|
//! | `heartbeat` | | | | always OK; its text is the time in Unix seconds |
//! | `node` | `uptime` | duration | - | WARNING while the machine has been up for less than this |
//! | | `failed_units` | boolean | `true` | WARNING when units of systemd have failed; says which |
//! | | `reboot` | boolean | `true` | WARNING when an update asks for a restart of the machine |
//! | `load` | `warn` | list of thresholds | `[4, 3, 2]` | over 1, 5 and 15 minutes; the last counts for the missing ones |
//! | | `crit` | list of thresholds | `[8, 6, 4]` | |
//! | | `per_cpu` | boolean | `true` | judge the load of one processor |
//! | `memory` | `warn` | threshold, % used | `80%` | used is what cannot be had without swapping |
//! | | `crit` | threshold, % used | `90%` | |
//! | `swap` | `warn` | threshold, % used | `50%` | |
//! | | `crit` | threshold, % used | `80%` | |
//! | | `missing` | `ok`, `warning`, `critical`, `unknown` | `ok` | what it means that there is no swap space |
//! | `disk` | `path` | string | `/` | any path on the file system |
//! | | `warn` | threshold, % used | `80%` | |
//! | | `crit` | threshold, % used | `90%` | |
//! | | `free_warn` | size | - | WARNING when less than this is free |
//! | | `free_crit` | size | - | CRITICAL when less than this is free |
//! | | `inode_warn` | threshold, % used | - | |
//! | | `inode_crit` | threshold, % used | - | |
//! | | `mounted` | boolean | `false` | CRITICAL when nothing is mounted at exactly this path |
//! | `inode` | `path` | string | `/` | any path on the file system |
//! | | `warn` | threshold, % used | `80%` | |
//! | | `crit` | threshold, % used | `90%` | |
//! | `process` | `name` | string | - | the kernel's name of the program, at most 15 bytes |
//! | | `arguments` | regular expression | - | found in the command line |
//! | | `user` | string | - | name or number of the effective user |
//! | | `states` | string | - | letters as `ps` shows them: `Z`, `RD` |
//! | | `metric` | `count`, `memory`, `processor`, `age` | `count` | number of processes; else of each its memory (bytes), processor time (% of its life), age (seconds) |
//! | | `warn` | threshold | - | with another metric than `count`, any process outside of it |
//! | | `crit` | threshold | `1:` with `count` | |
//! | `tcp` | `host` | string | `localhost` | name or address |
//! | | `port` | integer, 1 to 65535 | required | |
//! | | `send` | string | - | sent after connecting; `\r`, `\n`, `\t` and `\\` are understood |
//! | | `expect` | string | - | must be in what the server says, else WARNING |
//! | | `warn` | duration | - | WARNING when connecting and answering take longer |
//! | | `crit` | duration | - | |
//! | `http` | `url` | string | required | `http://` or `https://` |
//! | | `method` | string | `GET` | |
//! | | `headers` | list | - | `Name: value` |
//! | | `body` | string | - | sent with the request |
//! | | `status` | list | - | `200` or `2xx`; any other is CRITICAL. Without it 4xx is WARNING and 5xx CRITICAL |
//! | | `contains` | string | - | must be in the body, else CRITICAL |
//! | | `regex` | regular expression | - | must be found in the body, else CRITICAL |
//! | | `regex_absent` | regular expression | - | must not be found in the body |
//! | | `redirects` | `follow`, `ok`, `warning`, `critical` | `follow` | what to do about a redirection |
//! | | `warn` | duration | - | WARNING when the answer takes longer |
//! | | `crit` | duration | - | |
//! | | `certificate_warn` | duration | `14d` | WARNING when the certificate ends sooner |
//! | | `certificate_crit` | duration | `3d` | |
//! | | `insecure` | boolean | `false` | do not ask who the server is; its certificate's end is still judged |
//! | | `ca_file` | string | - | PEM file of authorities in place of the system's |
//! | | `username` | string | - | basic authentication |
//! | | `password` | secret | - | |
//! | `dns` | `name` | string | required | what to ask about |
//! | | `type` | string | `A` | `A`, `AAAA`, `CNAME`, `MX`, `NS`, `PTR`, `SRV`, `TXT`, `CAA` |
//! | | `server` | string | - | `ADDRESS[:PORT]`; else the system's resolver |
//! | | `expect` | list | - | all answers that there must be, in any order, else CRITICAL |
//! | | `warn` | duration | - | WARNING when the answer takes longer |
//! | | `crit` | duration | - | |
//! | `file_age` | `path` | string | required | |
//! | | `warn` | duration | `4m` | WARNING when it was changed longer ago |
//! | | `crit` | duration | `10m` | |
//! | | `size_warn` | size | - | WARNING when it is smaller |
//! | | `size_crit` | size | - | |
//! | | `missing` | `ok`, `warning`, `critical`, `unknown` | `critical` | what it means that there is no such file |
//! | `systemd_unit` | `unit` | string | required | `cron` or `cron.service`, `backup.timer` |
//! | | `state` | list | `active` | the active states that are well; any other is CRITICAL |
//! | | `enabled` | boolean | - | WARNING when it is not so |
//! | | `restarts` | threshold | - | WARNING when systemd has restarted it that often |
//! | `ntp_offset` | `server` | string | required | name or address of the time server |
//! | | `port` | integer, 1 to 65535 | `123` | |
//! | | `warn` | duration | `500ms` | WARNING when the clock is off by more |
//! | | `crit` | duration | `2s` | |
//! | | `stratum` | integer, 1 to 15 | - | WARNING when the server is further from a reference clock |
//! | | `samples` | integer, 1 to 8 | `4` | questions asked; the quickest answer counts |
//! | `log_pattern` | `path` | string | required | |
//! | | `pattern` | regular expression | required | counted in lines appended since the last run |
//! | | `exclude` | regular expression | - | lines that do not count |
//! | | `warn` | threshold, lines | - | |
//! | | `crit` | threshold, lines | `0` | |
//! | | `missing` | `ok`, `warning`, `critical`, `unknown` | `critical` | what it means that there is no such file |

pub mod discover;
mod disk;
mod dns;
mod file_age;
mod heartbeat;
#[cfg(feature = "http")]
mod http;
mod load;
mod log_pattern;
mod memory;
mod node;
mod ntp_offset;
mod parameter;
#[cfg(test)]
mod peers;
mod process;
mod report;
mod request;
mod response;
mod systemd_unit;
mod tcp;
#[cfg(test)]
mod tests;

pub use disk::{DISK, INODE};
pub use dns::DNS;
pub use file_age::FILE_AGE;
pub use heartbeat::HEARTBEAT;
#[cfg(feature = "http")]
pub use http::HTTP;
pub use load::LOAD;
pub use log_pattern::LOG_PATTERN;
pub use memory::{MEMORY, SWAP};
pub use node::NODE;
pub use ntp_offset::NTP_OFFSET;
pub use process::PROCESS;
pub use systemd_unit::SYSTEMD_UNIT;
pub use tcp::TCP;

use chorister_engine::native::{Finding, NativeCheck};

/// Every check there is.
pub const ALL: &[NativeCheck] = &[
    HEARTBEAT,
    NODE,
    LOAD,
    MEMORY,
    SWAP,
    DISK,
    INODE,
    PROCESS,
    TCP,
    #[cfg(feature = "http")]
    HTTP,
    DNS,
    FILE_AGE,
    SYSTEMD_UNIT,
    NTP_OFFSET,
    LOG_PATTERN,
];
