package web

func statementRoutes() []route { return nil }
