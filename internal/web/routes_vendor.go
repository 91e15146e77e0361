package web

func vendorRoutes() []route { return nil }
