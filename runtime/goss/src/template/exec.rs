//! From the tree to text.

use core::ops::Range;
use std::rc::Rc;

use chorister_lang::template::syntax::Constant;

use super::builtin;
use super::functions::{Branch, Call, Expr, ExprKind, Function, Node, NodeKind, Pipe, Run, Tree};
use super::value::{Failure, Heap, STEP, TOO_LONG, Val};
use super::{Data, MAX_OUTPUT, RenderError, RenderErrorKind, Rendered};
use crate::files::Files;

/// How many actions may be within one another, in templates that call one another.
const MAX_CALLS: usize = 160;

/// Executes a template.
pub(super) fn execute(
    source: &str,
    tree: &Tree,
    data: &Data,
    files: &dyn Files,
    work: &mut usize,
) -> Result<Rendered, RenderError> {
    let mut execution = Execution {
        source,
        tree,
        data,
        files,
        heap: Heap::new(*work),
        variables: Vec::new(),
        template: "test",
        depth: 0,
        rendered: Rendered::default(),
    };
    let outcome = execution
        .root()
        .and_then(|root| execution.template(&tree.nodes, root));
    *work = execution.heap.left();
    match outcome {
        Ok(()) => Ok(execution.rendered),
        Err(stop) => Err(*stop),
    }
}

struct Execution<'a> {
    source: &'a str,
    tree: &'a Tree,
    data: &'a Data,
    files: &'a dyn Files,
    heap: Heap,
    /// The variables that are known; the empty name is what the template was given.
    variables: Vec<(&'a str, Val)>,
    /// The name of the template that is executed.
    template: &'a str,
    /// How many actions are within one another, in templates that call one another.
    depth: usize,
    rendered: Rendered,
}

/// What comes after a node.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

type Outcome<T> = Result<T, Box<RenderError>>;

// === impl Execution ===

impl<'a> Execution<'a> {
    /// What the file is given: `.Vars` and `.Env`.
    fn root(&mut self) -> Outcome<Val> {
        let build = |heap: &mut Heap, data: &Data| {
            let vars = heap.import_fields(&data.vars)?;
            let mut env = Vec::with_capacity(data.env.len());
            for (name, value) in &data.env {
                env.push((Rc::from(name.as_str()), heap.new_text(value)?));
            }
            let env = heap.new_map(env)?;
            heap.new_map([(Rc::from("Vars"), vars), (Rc::from("Env"), env)])
        };
        build(&mut self.heap, self.data).map_err(|failure| self.stopped(0..0, 0, failure))
    }

    fn template(&mut self, nodes: &'a [Node], argument: Val) -> Outcome<()> {
        let outside = core::mem::replace(&mut self.variables, vec![("", argument.clone())]);
        let outcome = self.nodes(nodes, &argument);
        self.variables = outside;
        outcome.map(|_| ())
    }

    fn nodes(&mut self, nodes: &'a [Node], dot: &Val) -> Outcome<Flow> {
        for node in nodes {
            if self.depth >= MAX_CALLS {
                let message = format!("exceeded maximum template depth ({MAX_CALLS})");
                let place = node.span.start;
                let kind = RenderErrorKind::Limit;
                return Err(self.error(node.span.clone(), place, kind, message));
            }
            self.depth += 1;
            let flow = self.node(node, dot);
            self.depth -= 1;
            let flow = flow?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    /// Nodes whose variables end with them.
    fn scoped(&mut self, nodes: &'a [Node], dot: &Val) -> Outcome<Flow> {
        let known = self.variables.len();
        let flow = self.nodes(nodes, dot);
        self.variables.truncate(known);
        flow
    }

    fn node(&mut self, node: &'a Node, dot: &Val) -> Outcome<Flow> {
        self.spend(&node.span, STEP)?;
        match &node.kind {
            NodeKind::Text => {
                let text = self.source.get(node.span.clone()).unwrap_or_default();
                self.rendered
                    .map
                    .verbatim(self.rendered.text.len(), node.span.start);
                self.print(&node.span, text)?;
            }
            NodeKind::Action(pipe) => {
                let value = self.pipe(pipe, dot)?;
                if pipe.names.is_empty() {
                    let text = match &value {
                        Val::Nil => "<no value>".to_owned(),
                        value => self.heap.print(value).map_err(|failure| {
                            self.stopped(node.span.clone(), pipe.value.place, failure)
                        })?,
                    };
                    if !text.is_empty() {
                        let start = self.rendered.text.len();
                        self.rendered.map.printed(start, node.span.clone());
                        self.print(&node.span, &text)?;
                    }
                }
            }
            NodeKind::If(branch) => {
                let known = self.variables.len();
                let value = self.pipe(&branch.pipe, dot)?;
                let nodes = if self.heap.is_true(&value) {
                    &branch.body
                } else {
                    &branch.otherwise
                };
                let flow = self.nodes(nodes, dot);
                self.variables.truncate(known);
                return flow;
            }
            NodeKind::With(branch) => {
                let known = self.variables.len();
                let value = self.pipe(&branch.pipe, dot)?;
                let flow = if self.heap.is_true(&value) {
                    self.nodes(&branch.body, &value)
                } else {
                    self.nodes(&branch.otherwise, dot)
                };
                self.variables.truncate(known);
                return flow;
            }
            NodeKind::Range(branch) => return self.range(branch, dot),
            NodeKind::Template { name, argument } => {
                self.call_template(&node.span, name, argument.as_ref(), dot)?;
            }
            NodeKind::Break => return Ok(Flow::Break),
            NodeKind::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn print(&mut self, span: &Range<usize>, text: &str) -> Outcome<()> {
        self.spend(span, text.len())?;
        if text.len() > MAX_OUTPUT - self.rendered.text.len() {
            return Err(self.stopped(span.clone(), span.start, Failure::Limit(TOO_LONG)));
        }
        self.rendered.text.push_str(text);
        Ok(())
    }

    fn range(&mut self, branch: &'a Branch, dot: &Val) -> Outcome<Flow> {
        let known = self.variables.len();
        let value = self.expr(&branch.pipe.value, dot)?;
        let span = &branch.pipe.value.span;
        let mut any = false;
        match value {
            Val::Nil => {}
            Val::List(list) => {
                for (at, item) in list.items().iter().enumerate() {
                    any = true;
                    let key = Val::Int(i64::try_from(at).unwrap_or(i64::MAX));
                    if self.round(branch, key, item)? == Flow::Break {
                        break;
                    }
                }
            }
            Val::Map(id) => {
                let fields = self.heap.fields(id);
                for (key, item) in
                    fields.map_err(|it| self.stopped(span.clone(), span.start, it))?
                {
                    any = true;
                    if self.round(branch, Val::Text(key), &item)? == Flow::Break {
                        break;
                    }
                }
            }
            Val::Int(count) => {
                for at in 0..count {
                    any = true;
                    if self.round(branch, Val::Int(at), &Val::Int(at))? == Flow::Break {
                        break;
                    }
                }
            }
            other => {
                let shown = self.heap.print(&other).unwrap_or_default();
                let message = format!("range can't iterate over {shown}");
                return Err(self.failed(&branch.pipe.value, RenderErrorKind::Call, message));
            }
        }
        self.variables.truncate(known);
        if any {
            return Ok(Flow::Next);
        }
        self.scoped(&branch.otherwise, dot)
    }

    fn round(&mut self, branch: &'a Branch, key: Val, item: &Val) -> Outcome<Flow> {
        self.spend(&branch.pipe.value.span, STEP)?;
        let known = self.variables.len();
        let names = branch.pipe.names.as_slice();
        let (key_name, item_name) = match names {
            [key, item] => (Some(key), Some(item)),
            [item] => (None, Some(item)),
            _ => (None, None),
        };
        if let Some(name) = key_name {
            self.bind(name, key, branch.pipe.declares);
        }
        if let Some(name) = item_name {
            self.bind(name, item.clone(), branch.pipe.declares);
        }
        let flow = self.nodes(&branch.body, item);
        self.variables.truncate(known);
        flow
    }

    fn call_template(
        &mut self,
        span: &Range<usize>,
        name: &'a str,
        argument: Option<&'a Pipe>,
        dot: &Val,
    ) -> Outcome<()> {
        let Some(nodes) = self.tree.defined.get(name) else {
            let message = format!("template \"{name}\" not defined");
            return Err(self.error(span.clone(), span.start, RenderErrorKind::Call, message));
        };
        let argument = match argument {
            Some(pipe) => self.expr(&pipe.value, dot)?,
            None => Val::Nil,
        };
        let outside = core::mem::replace(&mut self.template, name);
        let outcome = self.template(nodes, argument);
        self.template = outside;
        outcome
    }

    fn pipe(&mut self, pipe: &'a Pipe, dot: &Val) -> Outcome<Val> {
        let value = self.expr(&pipe.value, dot)?;
        if let [name] = pipe.names.as_slice() {
            self.bind(name, value.clone(), pipe.declares);
        }
        Ok(value)
    }

    fn bind(&mut self, name: &'a str, value: Val, declares: bool) {
        if declares {
            self.variables.push((name, value));
        } else if let Some(variable) = self.variables.iter_mut().rfind(|it| it.0 == name) {
            variable.1 = value;
        }
    }

    fn expr(&mut self, expr: &'a Expr, dot: &Val) -> Outcome<Val> {
        Ok(match &expr.kind {
            ExprKind::Nil => Val::Nil,
            ExprKind::Dot => dot.clone(),
            ExprKind::Constant(Constant::Bool(value)) => Val::Bool(*value),
            ExprKind::Constant(Constant::Integer(value)) => Val::Int(*value),
            ExprKind::Constant(Constant::Float(value)) => Val::Float(*value),
            ExprKind::Constant(Constant::Text(text)) => Val::Text(Rc::clone(text)),
            ExprKind::Variable(name) => {
                let variable = self.variables.iter().rfind(|it| it.0 == name);
                variable.map_or(Val::Nil, |it| it.1.clone())
            }
            ExprKind::Fields(base, names) => {
                let mut value = self.expr(base, dot)?;
                for name in names {
                    value = self.field(expr, &value, name)?;
                }
                value
            }
            ExprKind::Call {
                function,
                arguments,
                ..
            } => {
                self.spend(&expr.span, STEP)?;
                self.call(expr, function, arguments, dot)?
            }
        })
    }

    fn field(&mut self, expr: &Expr, value: &Val, name: &str) -> Outcome<Val> {
        let (kind, message) = match value {
            Val::Map(id) => match self.heap.map(*id).get(name) {
                Some(value) => return Ok(value.clone()),
                None => (
                    RenderErrorKind::Unset,
                    format!("map has no entry for key \"{name}\""),
                ),
            },
            Val::Nil => (
                RenderErrorKind::Unset,
                format!("nil pointer evaluating interface {{}}.{name}"),
            ),
            _ => (
                RenderErrorKind::Call,
                format!("can't evaluate field {name} in type interface {{}}"),
            ),
        };
        Err(self.failed(expr, kind, message))
    }

    fn call(
        &mut self,
        expr: &'a Expr,
        function: &'static Function,
        arguments: &'a [Expr],
        dot: &Val,
    ) -> Outcome<Val> {
        let (least, most) = function.arity;
        if !(least..=most).contains(&arguments.len()) {
            let wanted = if least == most {
                least.to_string()
            } else if arguments.len() < least {
                format!("at least {least}")
            } else {
                format!("at most {most}")
            };
            let (name, got) = (function.name, arguments.len());
            let message = format!("wrong number of args for {name}: want {wanted} got {got}");
            return Err(self.failed(expr, RenderErrorKind::Call, message));
        }
        if let Run::And | Run::Or = function.run {
            let mut last = Val::Nil;
            for argument in arguments {
                last = self.expr(argument, dot)?;
                if self.heap.is_true(&last) == matches!(function.run, Run::Or) {
                    break;
                }
            }
            return Ok(last);
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.expr(argument, dot)?);
        }
        let mut call = Call {
            arguments: &values,
            heap: &mut self.heap,
            data: self.data,
            files: self.files,
        };
        let result = match function.run {
            Run::Go(builtin) => builtin::call(builtin, &mut call),
            Run::Pure(run) => run(&mut call),
            Run::Refused(reason) => Err(Failure::Value(reason.to_owned())),
            Run::And | Run::Or => Ok(Val::Nil),
        };
        result.map_err(|failure| match failure {
            Failure::Value(reason) => {
                let name = function.name;
                let (kind, message) = match function.run {
                    Run::Refused(_) => (
                        RenderErrorKind::Function,
                        format!("`{name}` is not called here: {reason}"),
                    ),
                    _ => (
                        RenderErrorKind::Call,
                        format!("error calling {name}: {reason}"),
                    ),
                };
                self.failed(expr, kind, message)
            }
            limit => self.stopped(expr.span.clone(), expr.place, limit),
        })
    }

    fn spend(&mut self, span: &Range<usize>, amount: usize) -> Outcome<()> {
        self.heap
            .spend(amount)
            .map_err(|failure| self.stopped(span.clone(), span.start, failure))
    }

    fn failed(&self, expr: &Expr, kind: RenderErrorKind, message: String) -> Box<RenderError> {
        self.error(expr.span.clone(), expr.place, kind, message)
    }

    fn stopped(&self, span: Range<usize>, place: usize, failure: Failure) -> Box<RenderError> {
        match failure {
            Failure::Value(reason) => self.error(span, place, RenderErrorKind::Call, reason),
            Failure::Limit(reason) => {
                self.error(span, place, RenderErrorKind::Limit, reason.to_owned())
            }
        }
    }

    fn error(
        &self,
        span: Range<usize>,
        place: usize,
        kind: RenderErrorKind,
        message: String,
    ) -> Box<RenderError> {
        let before = self.source.get(..place).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        // Compat: go text/template: columns count bytes from 0.
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let shown = self.source.get(span.clone()).unwrap_or_default();
        let name = self.template;
        Box::new(RenderError {
            full: format!(
                "template: test:{line}:{column}: executing \"{name}\" at <{shown}>: {message}"
            ),
            kind,
            span,
            message,
            help: None,
        })
    }
}
