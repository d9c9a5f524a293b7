//! Who says what a parameter is for.

use std::fmt;

use dissensus_lm::ParameterRole;

/// Says what a parameter of a name is for: a model does, or the path of its name alone.
#[derive(Clone, Copy)]
pub struct Roles<'a>(&'a (dyn Fn(&str) -> ParameterRole + Sync));

impl<'a> Roles<'a> {
    /// A function of the name.
    pub fn new(role: &'a (dyn Fn(&str) -> ParameterRole + Sync)) -> Self {
        Self(role)
    }

    /// The role of the parameter with this name.
    #[must_use]
    pub fn of(&self, name: &str) -> ParameterRole {
        (self.0)(name)
    }
}

impl Default for Roles<'_> {
    /// [`ParameterRole::of_path`].
    fn default() -> Self {
        Self(&ParameterRole::of_path)
    }
}

impl fmt::Debug for Roles<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Roles")
    }
}
