module fleetwright.example/test/cluster/nodes/pause

go 1.26.0
