"""The seeded company: Contoso, two subscriptions, a handful of people, and unkeyed's own identity with its roles."""
