export type {
  Action,
  AllowAction,
  BlockAction,
  LogAction,
  RedirectAction,
  RewriteAction,
  RouteAction,
  SetHeaderAction,
  SkipAction,
  TextValue,
} from './action.ts'
