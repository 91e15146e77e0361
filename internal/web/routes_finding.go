package web

func findingRoutes() []route { return nil }
