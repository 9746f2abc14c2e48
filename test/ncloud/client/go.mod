module fleetwright.io/test/ncloud

go 1.26.0

require github.com/NaverCloudPlatform/ncloud-sdk-go-v2 v1.6.27
