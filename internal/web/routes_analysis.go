package web

func analysisRoutes() []route { return nil }
