package web

func systemRoutes() []route { return nil }
