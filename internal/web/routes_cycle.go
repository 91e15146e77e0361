package web

func cycleRoutes() []route { return nil }
