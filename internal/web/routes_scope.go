package web

func scopeRoutes() []route { return nil }
