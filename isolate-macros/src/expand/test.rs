//! One test.

use tokens::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::cases;
use super::isolated::path;
use super::place::Place;
use super::request::{self, each, local, option};
use crate::parse::arguments::{Fixture, Policy};
use crate::parse::limits::Limits;
use crate::parse::need::Need;
use crate::quote::{ToTokens, quote};
use crate::resolve::test::{Ignored, ShouldPanic, Test};
use crate::syntax::ty::{is_never, narrowest};
use crate::syntax::{IdentExt, Output, Path};

/// Writes the function that libtest runs, with the test inside. `is_test` tells that it is registered already.
pub fn expand(test: &Test, is_test: bool) -> TokenStream {
    if let Some(cases) = &test.cases {
        return cases::expand(test, cases);
    }
    let krate = path(&test.arguments);
    let signature = &test.function.signature;
    let (visibility, attributes, name) = (&test.function.visibility, &test.attributes, &signature.ident);
    let register = (!is_test).then(|| quote!(#[::core::prelude::v1::test]));
    let mut list = quote!(());
    let body = if is_plain(test) {
        // The user's own brackets: rustc proposes a return type behind them.
        list = signature.bracketed(quote!()).to_token_stream();
        plain(test, &krate).to_token_stream()
    } else {
        let (items, body) = inner(test, &krate);
        let body = quote!(|__context: &#krate::__private::Context| { #body });
        let case = case(test, &quote!(new), &body, &krate);
        quote! {
            {
                #items
                #case
                #krate::__private::run(&__ISOLATE_CASE);
            }
        }
    };
    quote! {
        #register
        #attributes
        #visibility fn #name #list #body
    }
}

/// The static record of a test.
fn case(test: &Test, constructor: &TokenStream, body: &TokenStream, krate: &Path) -> TokenStream {
    let name = &test.function.signature.ident;
    // As libtest has it: with `r#`.
    let shown = format!("::{name}");
    let Place { file, line, directory } = Place::of(name);
    let settings = settings(test, krate);
    let case = quote! {
        #krate::__private::#constructor(::core::concat!(::core::module_path!(), #shown), #file, #line, #directory, #body)
        #settings
    };
    let case = should_panic(case, &test.should_panic);
    quote! {
        #[unsafe(link_section = "isolate_cases")]
        static __ISOLATE_CASE: #krate::__private::TestCase = #case;
    }
}

/// The body of a test that asks for nothing and returns nothing. It is called twice: by libtest, and then where the test
/// runs. That saves a closure and a function, of which rustc would take as much time again as of the test itself.
fn plain(test: &Test, krate: &Path) -> Group {
    let name = &test.function.signature.ident;
    let case = case(test, &quote!(plain), &quote!(#name), krate);
    let own = &test.function.body;
    let (lints, rest) = split_inner_attributes(own.stream());
    let block = block(own, rest);
    let body = quote! {
        #lints
        #case
        if #krate::__private::ran(&__ISOLATE_CASE) {
            return;
        }
        #block
    };
    let mut body = Group::new(Delimiter::Brace, body);
    // For coverage, to which this is what the function consists of.
    body.set_span(own.span());
    body
}

/// Whether its function can be called as it is: it asks for nothing but values, and returns nothing.
pub fn is_plain(test: &Test) -> bool {
    let signature = &test.function.signature;
    let asks = !test.arguments.fixtures.is_empty() || test.parameters.iter().any(|parameter| parameter.given.is_none());
    !asks && signature.output.is_none() && signature.qualifiers.is_empty()
}

/// What stands around a call of the test: items, and then what runs.
pub fn inner(test: &Test, krate: &Path) -> (TokenStream, TokenStream) {
    let fixtures = &test.arguments.fixtures;
    let names = each(fixtures, &|fixture| request::name(fixture, fixtures, krate));
    let scopes = each(fixtures, &|fixture| request::scope(fixture, krate));
    let function = function(test, krate);
    (quote!(#names #scopes #function), body(test, krate))
}

/// Adds when a test should panic.
pub fn should_panic(mut case: TokenStream, all: &[ShouldPanic]) -> TokenStream {
    for ShouldPanic { condition, expected } in all {
        let expected = option(expected.as_ref());
        case = match condition {
            None => quote!(#case.should_panic(#expected)),
            Some(condition) => quote! {
                {
                    let case = #case;
                    if ::core::cfg!(#condition) { case.should_panic(#expected) } else { case }
                }
            },
        };
    }
    case
}

/// Whether it is ignored, if the answer isn't plainly no.
pub fn ignored(all: &[Ignored]) -> Option<TokenStream> {
    let (first, more) = all.split_first()?;
    if all.iter().any(|ignored| ignored.0.is_none()) {
        return Some(quote!(true));
    }
    let mut answer = first.0.as_ref().map(|condition| quote!(::core::cfg!(#condition)));
    for Ignored(condition) in more {
        answer = Some(quote!(#answer || ::core::cfg!(#condition)));
    }
    answer
}

/// The test as the user wrote it. It stands beside the static, not inside, so that a backtrace has few names for it.
pub fn function(test: &Test, krate: &Path) -> TokenStream {
    let signature = &test.function.signature;
    let unbound: Vec<&Fixture> = unbound(test).collect();
    let mut parameters = Vec::new();
    for parameter in &test.parameters {
        let written = &parameter.tokens;
        parameters.push(quote!(#written,));
    }
    for fixture in &unbound {
        let (name, ty) = (&fixture.name, request::ty(fixture, krate));
        parameters.push(quote!(#name: &#ty,));
    }
    // With the user's own tokens around it, so that what rustc and clippy say of the function is shown there.
    let (asyncness, keyword) = (signature.qualifier("async"), &signature.keyword);
    let (name, output) = (&signature.ident, &signature.output);
    let list = signature.bracketed(quote!(#parameters));
    let inside = inside(&test.function.body, &unbound);
    let (generics, clause) = (&signature.generics, &signature.clause);
    request::with_parameters(quote!(#asyncness #keyword #name #generics #list #output #clause #inside))
}

/// What runs in the worker: the fixtures in order, then the test.
fn body(test: &Test, krate: &Path) -> TokenStream {
    let name = &test.function.signature.ident;
    let fixtures = &test.arguments.fixtures;
    let arguments = each(fixtures, &|fixture| request::arguments(fixture, krate));
    let setup = each(fixtures, &|fixture| Some(request::setup(fixture, krate)));
    let (mut typed, mut passed) = (Vec::new(), Vec::new());
    for parameter in &test.parameters {
        if let Some(value) = &parameter.given {
            passed.push(quote!(#value,));
        } else {
            let local = local(&parameter.fixture, parameter.at);
            typed.push(request::typed(parameter));
            passed.push(quote!(#local,));
        }
    }
    for fixture in unbound(test) {
        let local = local(&fixture.name, Span::mixed_site());
        passed.push(quote!(#local,));
    }
    let signature = &test.function.signature;
    let (mut enter, mut call) = (quote!(), quote!(#name(#passed)));
    if signature.is_async() {
        enter = quote!(let __entered = __context.enter()?;);
        call = quote!(__context.block_on(#call)?);
    }
    let outcome = outcome(signature.output.as_ref(), &call, krate);
    let prepare = request::prepare(&test.arguments.fixtures, krate).map(|prepare| {
        quote! {
            if __context.prepares() {
                #prepare
                return ::core::result::Result::Ok(());
            }
        }
    });
    quote! {
        #prepare
        #enter
        #arguments
        #setup
        #typed
        #outcome
    }
}

/// The fixtures that are listed and not parameters.
fn unbound(test: &Test) -> impl Iterator<Item = &Fixture> {
    test.arguments.fixtures.iter().filter(|fixture| {
        !request::is_autouse(fixture)
            && !test
                .parameters
                .iter()
                .any(|parameter| parameter.fixture.unraw().is_same(&fixture.name.unraw()))
    })
}

fn outcome(output: Option<&Output>, call: &TokenStream, krate: &Path) -> TokenStream {
    match output {
        None => quote!(#krate::__private::outcome(#call)),
        // It never comes back with anything to judge.
        Some(output) if is_never(&output.ty) => call.clone(),
        Some(Output { ty, .. }) => {
            let outcome = Ident::new("__outcome", Span::mixed_site().located_at(narrowest(ty)));
            quote! {
                let #outcome = #call;
                #krate::__private::outcome(#outcome)
            }
        }
    }
}

/// The body of the test. Fixtures that are listed and not parameters need no use of their own: they are used here, which,
/// other than `#[allow]`, also holds under `#![forbid(unused)]`.
fn inside(body: &Group, unbound: &[&Fixture]) -> TokenStream {
    if unbound.is_empty() {
        return quote!(#body);
    }
    let mut uses = Vec::new();
    for fixture in unbound {
        let name = &fixture.name;
        uses.push(quote!(let _ = #name;));
    }
    let (lints, rest) = split_inner_attributes(body.stream());
    let block = block(body, rest);
    quote!({ #lints #uses #block })
}

/// The rest of the body as a block within it.
fn block(body: &Group, rest: TokenStream) -> Group {
    let mut block = Group::new(Delimiter::Brace, rest);
    // Not the user's own span, for which rustc would call these braces superfluous.
    block.set_span(Span::mixed_site().located_at(body.span()));
    block
}

/// `#![…]` may stand only at the very start of the function.
fn split_inner_attributes(tokens: TokenStream) -> (TokenStream, TokenStream) {
    let is =
        |token: Option<&TokenTree>, punct: char| matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == punct);
    let all = tokens;
    let tokens: Vec<TokenTree> = all.clone().into_iter().collect();
    let mut end = 0;
    while is(tokens.get(end), '#') && is(tokens.get(end + 1), '!') && tokens.len() > end + 2 {
        end += 3;
    }
    if end == 0 {
        return (TokenStream::new(), all);
    }
    let rest = tokens[end..].iter().cloned().collect();
    (tokens.into_iter().take(end).collect(), rest)
}

/// What the attribute says beside fixtures, as calls.
pub fn settings(test: &Test, krate: &Path) -> TokenStream {
    let mut tokens = TokenStream::new();
    let arguments = &test.arguments;
    if let Some(group) = &arguments.group {
        tokens.extend(quote!(.group(#group)));
    }
    if !arguments.tags.is_empty() {
        let tags: Vec<TokenStream> = arguments.tags.iter().map(|tag| quote!(#tag,)).collect();
        tokens.extend(quote!(.tags(&[#tags])));
    }
    if let Some(timeout) = arguments.timeout {
        tokens.extend(quote!(.timeout_ms(#timeout)));
    }
    if let Some(timeout) = &test.timeout {
        tokens.extend(quote!(.timeout_ms(#krate::__private::milliseconds(#timeout))));
    }
    if let Some(is) = arguments.process {
        tokens.extend(quote!(.process(#is)));
    }
    if request::prepare(&arguments.fixtures, krate).is_some() {
        tokens.extend(quote!(.prepares()));
    }
    if arguments.main_thread {
        tokens.extend(quote!(.main_thread()));
    }
    if let Some(policy) = arguments.threads {
        let policy = self::policy(policy);
        tokens.extend(quote!(.threads(#krate::__private::Policy::#policy)));
    }
    if let Some(policy) = arguments.tasks {
        let policy = self::policy(policy);
        tokens.extend(quote!(.tasks(#krate::__private::Policy::#policy)));
    }
    if arguments.multi_thread == Some(true) {
        tokens.extend(quote!(.multi_thread()));
    }
    if let Some(need) = arguments.network {
        let need = self::need(need);
        tokens.extend(quote!(.network(#krate::__private::Need::#need)));
    }
    if let Some(need) = arguments.files {
        let need = self::need(need);
        tokens.extend(quote!(.files(#krate::__private::Need::#need)));
    }
    tokens.extend(limits(arguments.limits));
    tokens.extend(ignored(&test.ignored).map(|is| quote!(.ignored(#is))));
    tokens
}

fn limits(limits: Limits) -> TokenStream {
    let memory = limits.memory.map(|bytes| quote!(.limit_memory(#bytes)));
    let processes = limits.processes.map(|number| quote!(.limit_processes(#number)));
    let files = limits.files.map(|number| quote!(.limit_files(#number)));
    let cpu = limits.cpu.map(|seconds| quote!(.limit_cpu(#seconds)));
    quote!(#memory #processes #files #cpu)
}

fn need(need: Need) -> Ident {
    let name = match need {
        Need::Off => "Off",
        Need::Prefer => "Prefer",
        Need::Require => "Require",
    };
    Ident::new(name, Span::mixed_site())
}

fn policy(policy: Policy) -> Ident {
    let name = match policy {
        Policy::Fail => "Fail",
        Policy::Warn => "Warn",
        Policy::Off => "Off",
    };
    Ident::new(name, Span::mixed_site())
}
