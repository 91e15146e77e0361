package web

func vendorRegisters() []register { return nil }
