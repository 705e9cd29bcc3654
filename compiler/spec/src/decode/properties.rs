//! Reading the settings of each watcher type.

use chorister_lang::template::Dialect;

use super::{Level, Reader};
use crate::model::{
    Archive, CcmManifest, Exec, Expression, File, Gossip, HttpSwitch, Kind, Kv, Metric, Nagios,
    Plugins, Properties, Registration, Schedule, Timer,
};

pub(super) fn read(kind: Kind, mut map: Reader<'_, '_>) -> Properties {
    map.require();
    let map = &mut map;
    match kind {
        Kind::Archive => Properties::Archive(archive(map)),
        Kind::CcmManifest => Properties::CcmManifest(ccm_manifest(map)),
        Kind::Exec => Properties::Exec(exec(map)),
        Kind::Expression => Properties::Expression(expression(map)),
        Kind::File => Properties::File(file(map)),
        Kind::Gossip => Properties::Gossip(gossip(map)),
        Kind::HttpSwitch => Properties::HttpSwitch(httpswitch(map)),
        Kind::Kv => Properties::Kv(kv(map)),
        Kind::Metric => Properties::Metric(metric(map)),
        Kind::Nagios => Properties::Nagios(nagios(map)),
        Kind::Plugins => Properties::Plugins(plugins(map)),
        Kind::Schedule => Properties::Schedule(schedule(map)),
        Kind::Timer => Properties::Timer(timer(map)),
    }
}

fn exec(map: &mut Reader<'_, '_>) -> Exec {
    Exec {
        command: map.template("command"),
        environment: map.templates("environment"),
        timeout: map.duration("timeout"),
        governor: map.template("governor"),
        governor_timeout: map.duration("governor_timeout"),
        parse_as_data: map.bool("parse_as_data"),
        suppress_success_announce: map.bool("suppress_success_announce"),
        gather_initial_state: map.bool("gather_initial_state"),
        disown: map.bool("disown"),
    }
}

fn nagios(map: &mut Reader<'_, '_>) -> Nagios {
    Nagios {
        plugin: map.template_of("plugin", Dialect::Overrides),
        builtin: map.text("builtin"),
        timeout: map.duration("timeout"),
        gossfile: map.text("gossfile"),
        last_message: map.duration("last_message"),
        pubcert_expire: map.duration("pubcert_expire"),
        token_expire: map.duration("token_expire"),
        annotations: map.pairs("annotations"),
    }
}

fn file(map: &mut Reader<'_, '_>) -> File {
    File {
        path: map.text("path"),
        gather_initial_state: map.bool("gather_initial_state"),
        contents: map.template("contents"),
        owner: map.template("owner"),
        group: map.template("group"),
        mode: map.mode("mode"),
    }
}

fn schedule(map: &mut Reader<'_, '_>) -> Schedule {
    Schedule {
        schedules: map.crons("schedules"),
        duration: map.duration("duration"),
        start_splay: map.duration("start_splay"),
        skip_trigger_on_reenter: map.bool("skip_trigger_on_reenter"),
        timezone: map.text("timezone"),
    }
}

fn timer(map: &mut Reader<'_, '_>) -> Timer {
    Timer {
        timer: map.duration("timer"),
        splay: map.bool("splay"),
    }
}

fn metric(map: &mut Reader<'_, '_>) -> Metric {
    Metric {
        command: map.template("command"),
        interval: map.duration("interval"),
        timeout: map.duration("timeout"),
        labels: map.pairs("labels"),
        skip_prometheus: map.bool("skip_prometheus"),
        store: map.bool("store"),
        http: map.bool("http"),
        graphite_host: map.template("graphite_host"),
        graphite_port: map.template("graphite_port"),
        graphite_prefix: map.template("graphite_prefix"),
    }
}

fn expression(map: &mut Reader<'_, '_>) -> Expression {
    Expression {
        success_when: map.expression("success_when"),
        fail_when: map.expression("fail_when"),
    }
}

fn kv(map: &mut Reader<'_, '_>) -> Kv {
    Kv {
        bucket: map.text("bucket"),
        key: map.template("key"),
        mode: map.text("mode"),
        bucket_prefix: map.bool("bucket_prefix"),
        on_successful_get: map.bool("on_successful_get"),
        on_matching_update: map.bool("on_matching_update"),
        republish_trigger: map.template("republish_trigger"),
        hiera_config: map.bool("hiera_config"),
        store_key: map.template("store_key"),
        query: map.text("query"),
    }
}

fn archive(map: &mut Reader<'_, '_>) -> Archive {
    Archive {
        source: map.template("source"),
        checksum: map.template("checksum"),
        creates: map.text("creates"),
        target: map.text("target"),
        verify: map.text("verify"),
        verify_checksum: map.template("verify_checksum"),
        username: map.template("username"),
        password: map.template("password"),
        insecure: map.bool("insecure"),
        timeout: map.duration("timeout"),
        governor: map.template("governor"),
        governor_timeout: map.duration("governor_timeout"),
    }
}

fn plugins(map: &mut Reader<'_, '_>) -> Plugins {
    Plugins {
        data_item: map.text("data_item"),
        purge_unknown: map.bool("purge_unknown"),
        plugin_manage_interval: map.duration("plugin_manage_interval"),
        public_key: map.text("public_key"),
        insecure: map.bool("insecure"),
        plugins_directory: map.text("plugins_directory"),
        manager_machine_prefix: map.text("manager_machine_prefix"),
    }
}

fn gossip(map: &mut Reader<'_, '_>) -> Gossip {
    Gossip {
        subject: map.template("subject"),
        payload: map.template("payload"),
        registration: registration(map),
        ttl_seconds: map.number("ttl_seconds", u64::from(u32::MAX)),
    }
}

fn registration(gossip: &mut Reader<'_, '_>) -> Option<Registration> {
    let node = gossip.value("registration")?;
    let path = gossip.at("registration");
    let owner = "`registration`".to_owned();
    let map = &mut Reader::new(node, Level::Registration, owner, path, gossip.cx);
    map.require();
    Some(Registration {
        cluster: map.text("cluster"),
        service: map.text("service"),
        protocol: map.text("protocol"),
        ip: map.text("ip"),
        port: map.number("port", u64::from(u16::MAX)),
        priority: map.number("priority", u64::from(u32::MAX)),
        annotations: map.pairs("annotations"),
        prefix: map.text("prefix"),
    })
}

fn httpswitch(map: &mut Reader<'_, '_>) -> HttpSwitch {
    HttpSwitch {
        on_when: map.weak_list("on_when", "states"),
        off_when: map.weak_list("off_when", "states"),
        disable_when: map.weak_list("disable_when", "states"),
        annotations: map.pairs("annotations"),
    }
}

fn ccm_manifest(map: &mut Reader<'_, '_>) -> CcmManifest {
    CcmManifest {
        manifest_file: map.text("manifest_file"),
        manifest: map.value("manifest").map(|_| ()),
        noop: map.bool("noop"),
        healthcheck_only: map.bool("healthcheck_only"),
        governor: map.template("governor"),
        governor_timeout: map.duration("governor_timeout"),
        splay: map.bool("splay"),
        timeout: map.duration("timeout"),
    }
}
