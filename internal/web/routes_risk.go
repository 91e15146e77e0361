package web

func riskRoutes() []route { return nil }
