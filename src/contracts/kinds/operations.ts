import { asks, gives, type Kind, nothing, takes, withholds } from "./kind.ts";

const BESIDE = "keep it beside the new one, as `/v1` beside `/v2`, until nobody calls it";
const OPTIONAL = "make it optional, with a default that does what was done before";

export const OPERATION_KINDS: readonly Kind[] = [
  asks("path-removed", "a path is gone, with all its methods", BESIDE),
  asks("operation-removed", "a method of a path is gone", BESIDE),
  takes(
    "operation-removed-after-sunset",
    "an operation is gone after the day of its `x-sunset`, which was announced before",
  ),
  takes("operation-added", "a path or a method is new"),
  takes("operation-deprecated", "an operation is deprecated"),
  takes(
    "operation-id-changed",
    "`operationId`: a generated client names its method otherwise when it is generated anew",
  ),
  asks(
    "parameter-removed",
    "a parameter is gone: what callers ask for by it is not done any more",
    "go on accepting it",
  ),
  takes("parameter-removed-after-sunset", "a parameter is gone after the day of its `x-sunset`"),
  takes("parameter-added", "an optional parameter is new"),
  asks("required-parameter-added", "a parameter is new and required", OPTIONAL),
  asks("parameter-became-required", "a parameter is required now", OPTIONAL),
  takes("parameter-became-optional", "a parameter is not required any more"),
  asks(
    "parameter-serialised-otherwise",
    "`style` or `explode` of a parameter: its text on the wire is another",
    "keep them, and add a parameter of another name",
  ),
  asks(
    "parameter-content-changed",
    "a parameter is written in another media type",
    "keep it, and add a parameter of another name",
  ),
  takes("parameter-became-list", "a query parameter takes several values now, and one still means the same"),
  asks("parameter-empty-refused", "`allowEmptyValue` is gone", "go on accepting it without a value"),
  asks("body-removed", "the body is not read any more", "go on reading it"),
  takes("body-added", "an optional body is new"),
  asks("required-body-added", "a body is new and required", "make it optional, or add another operation"),
  asks("body-became-required", "the body is required now", "make it optional"),
  takes("body-became-optional", "the body is not required any more"),
  {
    name: "media-type-removed",
    what: "a media type is gone",
    request: "breaking",
    response: "breaking",
    hint: "go on accepting and sending it",
  },
  nothing({ name: "media-type-added", what: "a media type is new" }),
  withholds(
    "success-status-removed",
    "a status of success is gone, or another",
    "go on answering with the status that callers look for",
  ),
  withholds(
    "error-status-changed",
    "a status of an error is gone where another of its class is new",
    "go on answering with the status that callers look for",
  ),
  gives("error-status-removed", "an error is not answered any more"),
  gives("status-added", "a status is new"),
  withholds("header-removed", "a header of a reply is gone", "go on sending it"),
  gives("header-added", "a header of a reply is new"),
  withholds("header-became-optional", "a header of a reply may be missing now", "send it always"),
  gives("header-became-required", "a header of a reply is always there now"),
  asks(
    "security-added",
    "an operation asks for a proof of identity that it did not ask for",
    "accept requests without it until no caller lacks it",
  ),
  asks(
    "security-narrowed",
    "a way to authenticate, or with fewer scopes, is not enough any more",
    "accept the old way beside the new one",
  ),
  takes("security-widened", "an operation asks for less, or takes another way to authenticate, too"),
  asks(
    "security-scheme-changed",
    "a security scheme is another on the wire",
    "add a scheme of another name, and accept both",
  ),
  withholds("webhook-removed", "the service does not call a webhook any more", "go on calling it until nobody listens"),
  gives("webhook-added", "the service calls a webhook that it did not call"),
  withholds("callback-removed", "the service does not call back any more", "go on calling back until nobody listens"),
  gives("callback-added", "the service calls back where it did not"),
];
