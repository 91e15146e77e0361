package web

func registerRoutes() []route { return nil }
