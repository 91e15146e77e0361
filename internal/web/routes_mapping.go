package web

func mappingRoutes() []route { return nil }
