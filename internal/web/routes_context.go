package web

func contextRoutes() []route { return nil }
