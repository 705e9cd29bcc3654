//! The one table of codes.

use core::fmt;

use super::Severity;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $severity:ident, $title:literal;)*) => {
        /// Which kind of mistake a finding is about. Codes are stable: none is ever used for something else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $title] #[doc = ""] $(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as people write it, such as `CH0102`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What is wrong, in general.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// How bad it usually is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// Its page of prose, with an example of the mistake and a corrected one.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("explain/", $code, ".md")),)* }
            }
        }
    };
}

codes! {
    // CH00xx: reading YAML and JSON.
    Syntax = "CH0001", Error, "the file cannot be read";
    Tab = "CH0002", Error, "a tab is used for indentation";
    Indentation = "CH0003", Error, "a line starts in the wrong column";
    DuplicateKey = "CH0004", Error, "a key is given twice";
    Alias = "CH0005", Error, "an alias or merge key cannot be resolved";
    Documents = "CH0006", Error, "the file holds several documents";
    TooLarge = "CH0007", Error, "the file is larger or deeper than allowed";
    Encoding = "CH0008", Error, "the file is not UTF-8 text";
    Empty = "CH0009", Error, "the file holds nothing";
    KeyType = "CH0010", Error, "a key is not text";

    // CH01xx: the shape of a machine.
    MissingKey = "CH0101", Error, "a required key is missing";
    UnknownKey = "CH0102", Warning, "a key is not known here";
    MisplacedKey = "CH0103", Error, "a key belongs somewhere else";
    WrongType = "CH0104", Error, "a value is of the wrong type";
    EmptyValue = "CH0105", Error, "a value must not be empty";
    InvalidName = "CH0106", Error, "a name cannot be used";
    InvalidVersion = "CH0107", Error, "a version is not MAJOR.MINOR.PATCH";
    InitialState = "CH0108", Error, "the initial state leads nowhere";
    UnreachableState = "CH0109", Warning, "a state can never be entered";
    DeadTransition = "CH0110", Warning, "a transition can never fire";
    DeadEnd = "CH0111", Warning, "a misspelt state has no way out";
    ConflictingTransition = "CH0112", Warning, "an event leads from one state to two";
    Repeated = "CH0113", Warning, "something is said twice";
    SimilarStates = "CH0114", Warning, "two states differ in case only";
    TooMany = "CH0115", Error, "a machine is too large";
    OutOfRange = "CH0116", Error, "a number is out of range";

    // CH02xx: what all watchers share.
    UnknownType = "CH0201", Error, "a watcher type is not known";
    RetiredType = "CH0202", Error, "a watcher type is no longer supported";
    UnsupportedType = "CH0203", Warning, "a watcher type cannot run yet";
    DuplicateWatcher = "CH0204", Error, "two watchers have the same name";
    UnknownState = "CH0205", Error, "a state does not exist";
    UnknownTransition = "CH0206", Error, "a transition does not exist";
    NeverActive = "CH0207", Warning, "a watcher can never be active";
    NotOffered = "CH0208", Warning, "a result fires a transition that is not offered";
    NeverFires = "CH0209", Warning, "a watcher never fires this transition";
    IntervalTooShort = "CH0210", Error, "an interval is too short";
    AnnounceTooShort = "CH0211", Error, "an announce_interval is shorter than a minute";
    IntervalIgnored = "CH0212", Warning, "a watcher of this type ignores its interval";
    NeverRuns = "CH0213", Warning, "a watcher never runs";
    TimerRestarts = "CH0216", Warning, "a timer starts again between its states";
    ScheduleBounces = "CH0217", Warning, "a schedule leaves a state as soon as it is entered";
    OwnState = "CH0218", Warning, "a watcher waits for its own machine";
    FiresNothing = "CH0219", Warning, "a watcher fires no transition";

    // CH03xx: properties of the watcher types.
    Exclusive = "CH0301", Error, "two properties exclude each other";
    Incomplete = "CH0302", Error, "a property needs another one";
    UnknownChoice = "CH0303", Error, "a value is not one of the choices";
    TimeoutTooLong = "CH0304", Warning, "a timeout is not shorter than the interval";
    NagiosTransitions = "CH0305", Warning, "a check result has no transition";
    Checksum = "CH0306", Error, "a checksum or key is not hexadecimal";
    ArchivePath = "CH0307", Error, "an archive would leave its place";
    InvalidUrl = "CH0308", Error, "a URL cannot be used";
    GossipSubject = "CH0309", Error, "a gossip subject cannot be used";
    Registration = "CH0310", Error, "a gossip registration cannot be used";
    FileMode = "CH0311", Error, "a file mode is not octal";
    MetricName = "CH0312", Warning, "a name does not fit Prometheus";
    NoDuration = "CH0313", Warning, "a schedule has no duration";
    SplayTooLong = "CH0314", Error, "a splay is longer than half of the duration";
    AlwaysOn = "CH0315", Warning, "a schedule is always on";
    TimerTooShort = "CH0316", Warning, "a timer is shorter than a second";
    Environment = "CH0317", Error, "an environment entry is not NAME=value";
    TimeZone = "CH0318", Error, "a time zone is not an IANA name";
    IgnoredProperty = "CH0319", Warning, "a property has no effect";
    Insecure = "CH0320", Warning, "a download is not protected";
    SwitchStates = "CH0321", Warning, "a switch is on and off in the same state";
    SharedData = "CH0322", Warning, "two watchers store the same data";
    Unsigned = "CH0323", Warning, "a list of plugins needs no known signature";

    // CH04xx: the small languages.
    Duration = "CH0401", Error, "a duration cannot be read";
    DurationRange = "CH0402", Error, "a duration is too short or too long";
    Template = "CH0403", Error, "a template cannot be read";
    TemplateDialect = "CH0404", Error, "a template uses functions of another watcher type";
    NotATemplate = "CH0405", Error, "a template stands where none is expanded";
    Expression = "CH0406", Error, "an expression cannot be read";
    Cron = "CH0407", Error, "a schedule cannot be read";
    LookupPath = "CH0408", Warning, "a lookup can never find anything";
    NoWriter = "CH0409", Warning, "machine data is read but never written";
    Undeclared = "CH0410", Error, "a path is not used as declared";
    Declaration = "CH0411", Error, "a declaration cannot be used";
    NeverRunsAt = "CH0412", Warning, "a schedule names a date that does not exist";
    Portability = "CH0413", Note, "go-choria reads this in another way";

    // CH05xx: several machines together.
    UnknownMachine = "CH0501", Warning, "another machine does not exist";
    UnknownEvent = "CH0502", Warning, "another machine has no such transition";
    SilentEvent = "CH0503", Warning, "a self transition is never announced";
    UnknownForeignState = "CH0504", Warning, "another machine has no such state";
    DuplicateSeries = "CH0506", Warning, "two machines publish the same metric";
    ContestedFile = "CH0507", Error, "two machines manage the same file";
    DuplicateMachine = "CH0508", Error, "two machines have the same name";

    // CH06xx: commands.
    Command = "CH0601", Error, "a command cannot be split into words";
    ShellSyntax = "CH0602", Warning, "a command is written for a shell";
    CommandComment = "CH0603", Warning, "the rest of a command is a comment";
    CommandFile = "CH0604", Warning, "the file of a command is not there or not executable";

    // CH07xx: what exploration finds.
    Sink = "CH0701", Warning, "nobody can leave a state";
    Livelock = "CH0702", Warning, "states follow each other without a pause";
    FastRound = "CH0703", Note, "states follow each other faster than the rate limit";
    Race = "CH0704", Warning, "two results lead to different states at the same moment";
    Undelivered = "CH0705", Warning, "a subscription always comes at the wrong moment";
    NeverMet = "CH0706", Warning, "a watcher waits for a state that never comes";
    NotExplored = "CH0707", Note, "there are too many states to explore";
    OperatorOnly = "CH0708", Note, "only an operator fires a transition";
    LeastTime = "CH0709", Note, "how soon a machine comes back to its states";

    // CH08xx: distributions.
    UnknownRole = "CH0801", Error, "a role is not known";
    NotBuilt = "CH0802", Error, "a part of a distribution cannot be built yet";
    NotEnforced = "CH0803", Warning, "a part of a distribution has no effect yet";
    MachineFile = "CH0804", Error, "a machine of a distribution cannot be read";
    StandardMachine = "CH0805", Error, "a standard machine does not exist";
    Bundle = "CH0806", Error, "the files beside a machine cannot be part of the binary";
    Size = "CH0807", Error, "a size cannot be read";
    Directory = "CH0808", Error, "a directory is not an absolute path";
    NothingToRun = "CH0809", Warning, "a distribution has nothing to run";
    StaleFeatures = "CH0810", Error, "the features of a manifest are stale";
    CapabilityExceeded = "CH0811", Error, "a machine needs more than it may have";
    CapabilityForm = "CH0812", Error, "a capability cannot be read";
    CapabilityUnknown = "CH0813", Warning, "a template may need more than it may have";
    CapabilityUnused = "CH0814", Note, "a capability is not needed";
    CapabilityOfChild = "CH0815", Warning, "a command names what its program may not use";
    NoMachines = "CH0816", Error, "a plugins watcher has nowhere to put machines";
    MemoryBudget = "CH0820", Warning, "the machines need more memory than the budget";
    EventBudget = "CH0821", Error, "the machines publish more events than the budget";
    ForkBudget = "CH0822", Error, "the machines run more commands than the budget";
    Estimate = "CH0823", Note, "what the machines of a distribution will use";

    // CH09xx: tests.
    TestMachine = "CH0901", Error, "the machine of a test cannot be found";
    TestState = "CH0902", Error, "a test names a state that its machine does not have";
    TestTransition = "CH0903", Error, "a test names a transition that its machine does not have";
    TestWatcher = "CH0904", Error, "a test names a watcher that its machine does not have";
    TestOutcome = "CH0905", Error, "a watcher cannot come to this outcome";
    TestStep = "CH0906", Error, "a step does not do one thing";
    TestTime = "CH0907", Error, "a time of a test is out of order";
    TestExpectation = "CH0908", Error, "an expectation does not say one thing";
    TestEvent = "CH0909", Error, "a test expects an event that does not exist";
    TestNeverMet = "CH0910", Error, "an expectation can never be met";
    TestGiven = "CH0911", Error, "the beginning of a test cannot be read";
    DuplicateTest = "CH0912", Error, "two tests have the same name";
    NothingExpected = "CH0913", Warning, "a test expects nothing";
    TestFile = "CH0914", Error, "a file of tests cannot be read";
    TestFailed = "CH0915", Error, "a test failed";

    // CH10xx: check classes, and the values of their checks.
    ClassRun = "CH1001", Error, "a check class does not run one thing";
    ParameterType = "CH1002", Error, "a parameter has no such type";
    ParameterLimit = "CH1003", Error, "a limit does not fit its parameter";
    ParameterDefault = "CH1004", Error, "a default cannot be a value of its parameter";
    ParameterRelation = "CH1005", Error, "two parameters cannot be compared";
    Placeholder = "CH1006", Error, "a placeholder names no parameter";
    UnusedParameter = "CH1007", Warning, "nothing mentions a parameter";
    SecretArgument = "CH1008", Error, "a secret would be part of a command line";
    ClassProgram = "CH1009", Error, "the program of a class is not known";
    LoneOption = "CH1010", Warning, "an option stays behind without its value";
    CheckTimes = "CH1011", Warning, "the times of a check do not fit together";
    FlappingOrder = "CH1012", Error, "flapping would end before it begins";
    RemediateState = "CH1013", Error, "a check is never in this state";
    Builtin = "CH1014", Error, "a builtin check does not exist";
    BuiltinParameter = "CH1015", Error, "a builtin check does not take a parameter";
    ClassGoss = "CH1016", Error, "the goss file of a check cannot be used";
    ClassFile = "CH1020", Error, "a check class of a distribution cannot be read";
    StandardClass = "CH1021", Error, "a standard check class does not exist";
    DuplicateClass = "CH1022", Error, "two check classes have the same name";
    DuplicateInstance = "CH1023", Error, "two checks have the same name";
    NoSuchParent = "CH1025", Warning, "a check depends on one that does not exist";
    DependencyCircle = "CH1026", Warning, "checks depend on each other in a circle";
    NoSuchParameter = "CH1031", Error, "a class has no such parameter";
    MissingValue = "CH1032", Error, "a parameter of a check has no value";
    ValueType = "CH1033", Error, "a value of a check is of the wrong type";
    ValueLimit = "CH1034", Error, "a value of a check is outside of its limits";
    ValueOrder = "CH1035", Error, "two values of a check are in the wrong order";
    SecretValue = "CH1036", Error, "a secret stands where everybody can read it";

    // CH11xx: check files, bundles of them, and overrides.
    UnknownClass = "CH1101", Error, "a check is of a class that does not exist";
    DuplicateCheck = "CH1102", Error, "two check files have a check of the same name";
    TooManyFiles = "CH1103", Error, "there are too many check files";
    Untrusted = "CH1104", Error, "somebody else can change a file that a node obeys";
    Overrides = "CH1105", Error, "overrides are not values of checks";
    OverrideName = "CH1106", Warning, "an override is hard to find";
    BundleForm = "CH1111", Error, "a bundle cannot be read";
    BundleSignature = "CH1112", Error, "a bundle is not signed by a key that counts";
    BundleVersion = "CH1113", Error, "a bundle is not newer than the one before";
    BundleExpired = "CH1114", Error, "a bundle is past its time";

    // CH12xx: goss files.
    GossTemplate = "CH1201", Error, "the template of a goss file cannot be rendered";
    GossVariable = "CH1202", Error, "a goss file reads a variable that is not set";
    GossFunction = "CH1203", Error, "a goss file calls a function that does not exist";
    GossShape = "CH1204", Error, "a value of a goss file has the wrong type";
    GossKind = "CH1205", Error, "there is no such kind of resource";
    GossAttribute = "CH1206", Error, "a resource has no such attribute";
    GossRequired = "CH1207", Error, "a resource does not say what is expected";
    GossMatcher = "CH1208", Error, "a matcher cannot be read";
    GossNeverPasses = "CH1209", Error, "what is expected can never be";
    GossSaysNothing = "CH1210", Warning, "what is expected says nothing";
    GossExpression = "CH1211", Error, "an expression in a goss file cannot be read";
    GossPatternText = "CH1212", Warning, "a pattern looks for another text than the one that is written";
    GossName = "CH1213", Error, "a resource has a name that the thing cannot have";
    GossSetting = "CH1214", Error, "a setting of a resource cannot be used";
    GossInclude = "CH1215", Error, "a goss file includes what is not there, or itself";
    GossReplaced = "CH1216", Warning, "a resource replaces another one of the same name";
    GossNewer = "CH1217", Warning, "a goss file needs a newer goss than go-choria has";
    GossEmpty = "CH1218", Error, "a goss file checks nothing";

    // CH13xx: RPC agents.
    DdlName = "CH1301", Warning, "a name does not fit the names of DDLs";
    DdlTimeout = "CH1302", Error, "an agent has no time to answer";
    DdlType = "CH1303", Error, "a value has no such type";
    ValidationName = "CH1304", Warning, "a validation is not known";
    ValidationPattern = "CH1305", Error, "a pattern cannot be read";
    ValidationIgnored = "CH1306", Warning, "a validation is never looked at";
    InputDefault = "CH1307", Error, "a default cannot be a value of its input";
    OutputDefault = "CH1308", Error, "a default is not of the type of its output";
    DuplicateAction = "CH1309", Error, "two actions have the same name";
    AggregateFunction = "CH1310", Warning, "an aggregate is not known";
    AggregateOutput = "CH1311", Warning, "an aggregate sums up what is not there";
    AggregateOption = "CH1312", Warning, "an option of an aggregate has no effect";
    AggregateFormat = "CH1313", Warning, "a format does not fit what it prints";
    AggregateReplaced = "CH1314", Warning, "an output is summed up twice";
    ActionRun = "CH1315", Error, "an action is not carried out in one way";
    ActionPlaceholder = "CH1316", Error, "a placeholder names no input";
    ActionProgram = "CH1317", Error, "the program of an action is not known";
    UnusedInput = "CH1318", Warning, "a command never mentions an input";
    ActionOutput = "CH1319", Error, "an output comes from nowhere";
    AgentFile = "CH1320", Error, "an agent or a data plugin cannot be read";
    StandardAgent = "CH1321", Error, "a standard agent does not exist";
    DuplicateAgent = "CH1322", Error, "two agents or data plugins have the same name";
    AgentImplementation = "CH1323", Error, "nobody does what an agent or a data plugin does";

    // CH14xx: configurations.
    SettingLine = "CH1401", Warning, "a line of a configuration sets nothing";
    SettingUnknown = "CH1402", Error, "there is no such setting";
    SettingValue = "CH1403", Error, "a setting has a wrong value";
    SettingRepeated = "CH1404", Warning, "a setting is given twice";
    SettingConflict = "CH1405", Warning, "two settings do not fit together";
    SettingSecret = "CH1406", Error, "a secret would be compiled in";

    // CH15xx: action policies.
    PolicySpaces = "CH1501", Error, "the columns of a rule have spaces between them";
    PolicyColumns = "CH1502", Error, "a rule does not have four columns";
    PolicyLine = "CH1503", Error, "a line of a policy is not a rule";
    PolicyCompound = "CH1504", Error, "a rule joins facts or classes";
    PolicyFact = "CH1505", Error, "what a rule says of a fact cannot be read";
    PolicyPattern = "CH1506", Error, "a pattern in a rule cannot be read";
    PolicyGroup = "CH1507", Warning, "a rule names a group that does not exist";
    PolicyUnreachable = "CH1508", Warning, "a rule is never reached";
    PolicyDefault = "CH1509", Warning, "the default of a policy is missing or not what it seems";
    PolicyNever = "CH1510", Warning, "a word of a rule can never match";
    PolicyGroupLine = "CH1511", Error, "a line of a file of groups cannot be read";
}

/// The page of prose about a code, which may be written `CH0102`, `ch102` or `102`.
#[must_use]
pub fn explain(code: &str) -> Option<&'static str> {
    Code::parse(code).map(Code::page)
}

impl Code {
    /// The code of this name, which may be written `CH0102`, `ch102` or `102`.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let digits = match code.get(..2) {
            Some(prefix) if prefix.eq_ignore_ascii_case("ch") => code.get(2..)?,
            _ => code,
        };
        let number: u16 = digits.parse().ok()?;
        Self::ALL
            .iter()
            .copied()
            .find(|it| it.number() == Some(number))
    }

    /// Whether it is about reading the file, before anything in it means something.
    pub(crate) fn is_about_reading(self) -> bool {
        self.as_str().starts_with("CH00")
    }

    fn number(self) -> Option<u16> {
        self.as_str().get(2..)?.parse().ok()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
