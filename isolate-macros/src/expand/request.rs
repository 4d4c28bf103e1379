//! How a test or a fixture asks for fixtures.

use tokens::{Ident, Span, TokenStream};

use crate::nearest::is_near;
use crate::parse::arguments::{self, Fixture, Kind};
use crate::parse::custom::Custom;
use crate::parse::database::{Database, Seed};
use crate::quote::{ToTokens, quote, quote_spanned};
use crate::resolve::signature::Parameter;
use crate::syntax::{IdentExt, LitStr, Path, span};

/// Gives the type that stands for a fixture's function a name of ours: then its own name is looked up, and reported if
/// nothing has it, in one place. `others` stand beside it.
pub fn name(fixture: &Fixture, others: &[Fixture], krate: &Path) -> Option<TokenStream> {
    let custom = custom(fixture)?;
    let (name, ours, path) = (&fixture.name, ours(fixture), outside(custom.depth));
    if let Some(autouse) = &custom.autouse {
        let conditions = &autouse.conditions;
        return Some(quote!(#conditions type #ours = #path #name;));
    }
    let near = near(name, others, krate);
    if custom.depth == 0 && near.is_empty() {
        return Some(quote!(type #ours = #name;));
    }
    let module = Ident::new(&format!("{ours}_module"), ours.span());
    // On a module, a name may mean something around it as well as something that the module imports.
    let outside = (custom.depth > 0).then(|| {
        let given = given(name, custom, krate).map(|given| quote!(pub(super) #given));
        quote! {
            use super::#path*;
            #given
        }
    });
    Some(quote! {
        mod #module {
            use super::*;
            #near
            #outside
            pub(super) type Function = #name;
        }
        type #ours = #module::Function;
    })
}

/// Sets parameters of a fixture, before anything asks for it.
pub fn arguments(fixture: &Fixture, krate: &Path) -> Option<TokenStream> {
    let custom = custom(fixture).filter(|custom| is_set(custom))?;
    let ours = ours(fixture);
    if custom.depth > 0 {
        let module = Ident::new(&format!("{ours}_module"), ours.span());
        return Some(quote!(__context.give::<#ours>(#module::given);));
    }
    let given = given(&ours, custom, krate);
    Some(quote! {
        {
            #given
            __context.give::<#ours>(given);
        }
    })
}

/// Code for each fixture.
pub fn each(fixtures: &[Fixture], code: &dyn Fn(&Fixture) -> Option<TokenStream>) -> Vec<TokenStream> {
    fixtures.iter().filter_map(code).collect()
}

/// Binds a local of ours to the fixture.
pub fn setup(fixture: &Fixture, krate: &Path) -> TokenStream {
    setup_with(fixture, &|path| quote!(#path), krate)
}

/// The same in a fixture, which may be of another package than the test: its paths are relative to its own.
pub fn setup_in_fixture(fixture: &Fixture, krate: &Path) -> TokenStream {
    if let Some(custom) = custom(fixture).filter(|custom| !custom.with.is_empty()) {
        let (local, ours) = (local(&fixture.name, Span::mixed_site()), ours(fixture));
        let given = given(&ours, custom, krate);
        return quote!(let #local = { #given __context.owned_with::<#ours>(given)? };);
    }
    setup_with(fixture, &of_package, krate)
}

fn of_package(path: &LitStr) -> TokenStream {
    quote!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #path))
}

fn setup_with(fixture: &Fixture, path: &dyn Fn(&LitStr) -> TokenStream, krate: &Path) -> TokenStream {
    let local = local(&fixture.name, Span::mixed_site());
    let call = match &fixture.kind {
        Kind::Db(database) if database.memory => {
            let arguments = in_memory(database, path, krate);
            quote!(db_in_memory(#arguments))
        }
        Kind::Db(Database { schema, .. }) => {
            let schema = option(schema.as_ref().map(path));
            quote!(db(#schema))
        }
        Kind::Plain(_) => {
            let method = Ident::new(&fixture.name.unraw().to_string(), Span::mixed_site());
            quote!(#method())
        }
        Kind::Port => {
            let name = fixture.name.unraw().to_string();
            quote!(port(#name))
        }
        Kind::Custom(custom) => {
            let ours = Ident::new(&ours(fixture).to_string(), located(&fixture.name));
            let method = Ident::new(
                if custom.is_owned { "owned" } else { "fixture" },
                located(&fixture.name),
            );
            quote!(#method::<#ours>())
        }
    };
    let autouse = custom(fixture).and_then(|custom| custom.autouse.as_ref());
    let conditions = autouse.map(|autouse| &autouse.conditions);
    quote!(#conditions let #local = __context.#call?;)
}

/// The schema and the seed.
fn in_memory(database: &Database, path: &dyn Fn(&LitStr) -> TokenStream, krate: &Path) -> TokenStream {
    let schema = option(database.schema.as_ref().map(path));
    let seed = option(database.seed.as_ref().map(|seed| match seed {
        Seed::File(file) => {
            let file = path(file);
            quote!(&#krate::__private::Seed::file(#file))
        }
        Seed::Function(function) => quote!(&#krate::__private::Seed::function(#function)),
    }));
    quote!(#schema, #seed)
}

/// Builds those that outlive a test, if one may.
pub fn prepare(fixtures: &[Fixture], krate: &Path) -> Option<Vec<TokenStream>> {
    prepare_with(fixtures, &|path| quote!(#path), krate)
}

/// The same in a fixture.
pub fn prepare_in_fixture(fixtures: &[Fixture], krate: &Path) -> Option<Vec<TokenStream>> {
    prepare_with(fixtures, &of_package, krate)
}

fn prepare_with(fixtures: &[Fixture], path: &dyn Fn(&LitStr) -> TokenStream, krate: &Path) -> Option<Vec<TokenStream>> {
    let all = each(fixtures, &|fixture| {
        if let Kind::Db(database) = &fixture.kind
            && database.memory
        {
            let arguments = in_memory(database, path, krate);
            return Some(quote!(__context.prepare_db(#arguments)?;));
        }
        let conditions = custom(fixture)?.autouse.as_ref().map(|autouse| &autouse.conditions);
        let ours = Ident::new(&ours(fixture).to_string(), located(&fixture.name));
        Some(quote!(#conditions let () = __context.prepare::<#ours>()?;))
    });
    (!all.is_empty()).then_some(all)
}

/// Gives a local the type that its parameter claims, each on its own, so that rustc compares one type at a time.
pub fn typed(parameter: &Parameter) -> TokenStream {
    let (local, ty) = (local(&parameter.fixture, parameter.at), &parameter.tokens.ty);
    quote!(let #local: #ty = #local;)
}

/// A function with the words in front of its name as ours. Whether it takes a fixture by value or borrows it says how it
/// uses it, and clippy, which would have it cheaper, then lets the whole function be. What else it says is of a part of it.
pub fn with_parameters(function: TokenStream) -> TokenStream {
    let mut is_in_front = true;
    let tokens = function.into_iter().map(|mut token| {
        if is_in_front {
            is_in_front = token.to_string() != "fn";
            token.set_span(Span::mixed_site().located_at(token.span()));
        }
        token
    });
    tokens.collect()
}

/// What has to hold about a fixture's scope.
pub fn scope(fixture: &Fixture, krate: &Path) -> Option<TokenStream> {
    let custom = custom(fixture)?;
    let (name, ours) = (fixture.name.unraw(), ours(fixture));
    let is_test = quote! {
        <#ours as #krate::__private::FixtureFunction>::SCOPE as ::core::primitive::u8
            == #krate::__private::Scope::Test as ::core::primitive::u8
    };
    let owned = custom.is_owned.then(|| {
        let text = format!("fixture `{name}` lives longer than one test, and can only be borrowed: write `{name}: &…`");
        assertion(&fixture.name, &is_test, &text)
    });
    let values = custom.values.first().map(|(parameter, _)| {
        let text =
            format!("fixture `{name}` lives longer than one test: no test can choose its `{parameter}` for the others");
        assertion(parameter, &is_test, &text)
    });
    let with = (!custom.with.is_empty()).then(|| {
        let text =
            format!("fixture `{name}` lives longer than one test: no test can choose its parameters for the others");
        assertion(&fixture.name, &is_test, &text)
    });
    Some(quote!(#owned #values #with))
}

/// A sentence that rustc says at `at` if a condition does not hold.
pub fn assertion(at: &Ident, condition: &TokenStream, text: &str) -> TokenStream {
    quote_spanned!(located(at)=> const _: () = ::core::assert!(#condition, #text);)
}

/// The type of a fixture.
pub fn ty(fixture: &Fixture, krate: &Path) -> TokenStream {
    let name = match &fixture.kind {
        Kind::Db(_) => "Db",
        Kind::Plain(ty) => ty,
        Kind::Port => "Port",
        Kind::Custom(_) => {
            let ours = ours(fixture);
            return quote!(<#ours as #krate::__private::FixtureFunction>::Value);
        }
    };
    let name = Ident::new(name, Span::mixed_site());
    quote!(#krate::__private::#name)
}

/// Our name for the type that stands for a fixture's function.
pub fn ours(fixture: &Fixture) -> Ident {
    Ident::new(&format!("__isolate_{}", fixture.name.unraw()), Span::mixed_site())
}

/// A local of ours, that no name in the test can meet, and that rustc shows at `at`.
pub fn local(name: &Ident, at: Span) -> Ident {
    Ident::new(&format!("__{}", name.unraw()), Span::mixed_site().located_at(at))
}

/// Whether nobody named the fixture: it wants to be there.
pub fn is_autouse(fixture: &Fixture) -> bool {
    custom(fixture).is_some_and(|custom| custom.autouse.is_some())
}

/// `Some("text")`
pub fn option(text: Option<impl ToTokens>) -> TokenStream {
    text.map_or_else(
        || quote!(::core::option::Option::None),
        |text| quote!(::core::option::Option::Some(#text)),
    )
}

/// A span that is shown at `name`, with names that only we know.
pub fn located(name: &Ident) -> Span {
    Span::mixed_site().located_at(name.span())
}

fn custom(fixture: &Fixture) -> Option<&Custom> {
    match &fixture.kind {
        Kind::Custom(custom) => Some(custom),
        _ => None,
    }
}

fn outside(depth: usize) -> TokenStream {
    std::iter::repeat_n(quote!(super::), depth).collect()
}

/// Whether the test sets parameters of the fixture.
fn is_set(custom: &Custom) -> bool {
    !custom.values.is_empty() || !custom.with.is_empty()
}

/// The function that sets parameters.
fn given(function: &Ident, custom: &Custom, krate: &Path) -> Option<TokenStream> {
    if !is_set(custom) {
        return None;
    }
    let mut set = Vec::new();
    for (number, value) in (1..).zip(&custom.with) {
        let setter = Ident::new(
            &format!("parameter_{number}"),
            Span::mixed_site().located_at(span(value)),
        );
        set.push(quote!(__fixture.#setter(#value);));
    }
    for (parameter, value) in &custom.values {
        set.push(quote!(__fixture.#parameter = ::core::option::Option::Some(#value);));
    }
    Some(quote! {
        fn given() -> #function {
            let mut __fixture = <#function as #krate::__private::FixtureFunction>::unset();
            #set
            __fixture
        }
    })
}

/// Brings the names that may be meant by this one into sight of rustc, which then proposes the nearest.
fn near(name: &Ident, others: &[Fixture], krate: &Path) -> Vec<TokenStream> {
    let given = name.unraw().to_string();
    let mut near = Vec::new();
    for other in others {
        // Fixtures of the user's own are in rustc's sight where they exist.
        if !matches!(other.kind, Kind::Port) {
            continue;
        }
        let text = other.name.unraw().to_string();
        if text != given && is_near(&given, &text) {
            let other = Ident::new(&text, located(&other.name));
            near.push(quote!(pub enum #other {}));
        }
    }
    if arguments::words().any(|word| is_near(&given, word)) {
        near.push(quote!(use #krate::__private::keywords::*;));
    }
    near
}
