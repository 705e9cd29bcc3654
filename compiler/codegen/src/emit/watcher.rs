//! Watchers as constants.
//!
//! What the IR derives a printer for is printed by it. Only what holds ids is printed here, since an id reads
//! `State::Off.id()` and only this machine's names know that.

use chorister_ir::{HttpSwitch, Machine, StateId, StateSet, TransitionId, Watcher, WatcherKind};
use chorister_lang::ConstTokens;
use proc_macro2::TokenStream;
use quote::quote;

use crate::naming::Name;

/// How the ids of a machine read.
pub(super) struct Ids<'a> {
    pub(super) states: &'a [Name],
    pub(super) transitions: &'a [Name],
}

impl Ids<'_> {
    /// A state, as an id.
    pub(super) fn state(&self, id: StateId) -> TokenStream {
        match self.states.get(usize::from(id.0)) {
            Some(name) => {
                let variant = name.variant();
                quote!(State::#variant.id())
            }
            // Not reached: the front end gives no id to what is not there.
            None => {
                let number = id.0.const_tokens();
                quote!(StateId(#number))
            }
        }
    }

    /// A transition, as an id.
    pub(super) fn transition(&self, id: TransitionId) -> TokenStream {
        match self.transitions.get(usize::from(id.0)) {
            Some(name) => {
                let variant = name.variant();
                quote!(Transition::#variant.id())
            }
            None => {
                let number = id.0.const_tokens();
                quote!(TransitionId(#number))
            }
        }
    }

    fn some_transition(&self, id: Option<TransitionId>) -> TokenStream {
        id.map_or_else(
            || quote!(None),
            |id| {
                let id = self.transition(id);
                quote!(Some(#id))
            },
        )
    }

    fn states(&self, set: &StateSet) -> TokenStream {
        if set.is_every() {
            return quote!(StateSet::EVERY);
        }
        let states = set.named().iter().map(|it| self.state(*it));
        quote!(StateSet::of(&[#(#states),*]))
    }

    fn some_states(&self, set: Option<&StateSet>) -> TokenStream {
        set.map_or_else(
            || quote!(None),
            |set| {
                let set = self.states(set);
                quote!(Some(#set))
            },
        )
    }

    /// A watcher, as a constant expression.
    pub(super) fn watcher(&self, watcher: &Watcher) -> TokenStream {
        let name = watcher.name.const_tokens();
        let active_in = self.states(&watcher.active_in);
        let foreign = watcher.foreign.const_tokens();
        let on_success = self.some_transition(watcher.on_success);
        let on_failure = self.some_transition(watcher.on_failure);
        let interval = watcher.interval.const_tokens();
        let announce_interval = watcher.announce_interval.const_tokens();
        let kind = self.kind(&watcher.kind);
        quote! {
            Watcher {
                name: #name,
                active_in: #active_in,
                foreign: #foreign,
                on_success: #on_success,
                on_failure: #on_failure,
                interval: #interval,
                announce_interval: #announce_interval,
                kind: #kind,
            }
        }
    }

    fn kind(&self, kind: &WatcherKind) -> TokenStream {
        match kind {
            WatcherKind::Exec(it) => variant(&quote!(Exec), it),
            WatcherKind::File(it) => variant(&quote!(File), it),
            WatcherKind::Schedule(it) => variant(&quote!(Schedule), it),
            WatcherKind::Timer(it) => variant(&quote!(Timer), it),
            WatcherKind::Metric(it) => variant(&quote!(Metric), it),
            WatcherKind::Expression(it) => variant(&quote!(Expression), it),
            WatcherKind::Archive(it) => variant(&quote!(Archive), it),
            WatcherKind::Nagios(it) => variant(&quote!(Nagios), it),
            WatcherKind::Kv(it) => variant(&quote!(Kv), it),
            WatcherKind::Gossip(it) => variant(&quote!(Gossip), it),
            WatcherKind::Plugins(it) => variant(&quote!(Plugins), it),
            WatcherKind::HttpSwitch(it) => {
                let switch = self.http_switch(it);
                quote!(WatcherKind::HttpSwitch(#switch))
            }
        }
    }

    fn http_switch(&self, switch: &HttpSwitch) -> TokenStream {
        let on_when = self.some_states(switch.on_when.as_ref());
        let off_when = self.some_states(switch.off_when.as_ref());
        let disable_when = self.some_states(switch.disable_when.as_ref());
        let annotations = switch.annotations.const_tokens();
        quote! {
            HttpSwitch {
                on_when: #on_when,
                off_when: #off_when,
                disable_when: #disable_when,
                annotations: #annotations,
            }
        }
    }
}

fn variant(name: &TokenStream, properties: &dyn ConstTokens) -> TokenStream {
    let properties = properties.const_tokens();
    quote!(WatcherKind::#name(#properties))
}

/// The type of a watcher as specs write it, with its article.
pub(super) const fn type_name(kind: &WatcherKind) -> &'static str {
    match kind {
        WatcherKind::Exec(_) => "an exec",
        WatcherKind::File(_) => "a file",
        WatcherKind::Schedule(_) => "a schedule",
        WatcherKind::Timer(_) => "a timer",
        WatcherKind::Metric(_) => "a metric",
        WatcherKind::Expression(_) => "an expression",
        WatcherKind::Archive(_) => "an archive",
        WatcherKind::HttpSwitch(_) => "an httpswitch",
        WatcherKind::Nagios(_) => "a nagios",
        WatcherKind::Kv(_) => "a kv",
        WatcherKind::Gossip(_) => "a gossip",
        WatcherKind::Plugins(_) => "a plugins",
    }
}

/// Whether any watcher of the machine fires a transition, and so names the id of one.
pub(super) fn fires_any(machine: &Machine) -> bool {
    machine
        .watchers
        .iter()
        .any(|it| it.on_success.is_some() || it.on_failure.is_some())
}
