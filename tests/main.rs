//! The whole house over real sockets, in one binary: stories of people ([`stories`]), and the rules of the repository ([`tidy`]).

mod stories;
mod tidy;
