"""Who is at the workbench where that is asked: accounts, an identity provider, sessions.

- `registry` reads the operator's file as it is now: `account` is who stands in it, `registration`
  says what is wrong with it;
- `pages`: the form and the way back; `local` signs in by password (`passwords`), `openid` by an
  identity provider; `addresses` are those that come with a call;
- `signed_in`: who is at a page, by the session; `stored_sessions` keeps sessions in the store;
- `deciding`: whether people sign in at all; `closed`: what is there where nobody can.
"""
