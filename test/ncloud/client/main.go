// Calls the ses API by the vendor's own library, as far as it has the calls; the others are signed by its signer.
//
// Arguments: the region (KR, SGN or JPN) and the number of a cluster. The library reads NCLOUD_API_GW, the address, and
// this program NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY. Prints a JSON object: for each call what the library made of the
// answer, or its error.
package main

import (
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/hmac"
	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/ncloud"
	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/services/vses2"
)

func main() {
	region, number := os.Args[1], os.Args[2]
	keys := &ncloud.APIKey{AccessKey: os.Getenv("NCLOUD_ACCESS_KEY"), SecretKey: os.Getenv("NCLOUD_SECRET_KEY")}
	config := vses2.NewConfiguration(region, keys)
	api := vses2.NewAPIClient(config).V2Api
	ctx := context.Background()
	made := map[string]any{}
	tell := func(name string, answer any, err error) {
		if err != nil {
			answer = map[string]string{"error": err.Error()}
		}
		made[name] = answer
	}

	list, _, err := api.GetClusterInfoListUsingGET(ctx, nil)
	tell("list", list, err)
	page := &vses2.V2ControllerApiGetClusterInfoListUsingGETOpts{PageNo: 1, PageSize: 5, InputText: "search"}
	found, _, err := api.GetClusterInfoListUsingGET(ctx, page)
	tell("page", found, err)
	info, _, err := api.GetClusterInfoUsingGET(ctx, number)
	tell("info", info, err)
	nodes, _, err := api.GetClusterNodeListUsingGET(ctx, number)
	tell("nodes", nodes, err)
	versions, _, err := api.GetSearchEngineVersionListUsingGET(ctx)
	tell("versions", versions, err)
	progress, err := post(config.BasePath+"/cluster/getRollingUpgradeProgress", keys, number)
	tell("progress", progress, err)

	if err := json.NewEncoder(os.Stdout).Encode(made); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A call that the library does not have.
func post(url string, keys *ncloud.APIKey, number string) (any, error) {
	timestamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	signature, err := hmac.NewSigner(keys.SecretKey, crypto.SHA256).Sign("POST", url, keys.AccessKey, timestamp)
	if err != nil {
		return nil, err
	}
	body := strings.NewReader(fmt.Sprintf(`{"serviceGroupInstanceNo": "%s"}`, number))
	request, err := http.NewRequest("POST", url, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("x-ncp-apigw-timestamp", timestamp)
	request.Header.Set("x-ncp-iam-access-key", keys.AccessKey)
	request.Header.Set("x-ncp-apigw-signature-v2", signature)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 {
		return nil, fmt.Errorf("status %d: %s", answer.StatusCode, text)
	}
	var made any
	err = json.Unmarshal(text, &made)
	return made, err
}
