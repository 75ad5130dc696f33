"""What people, servers, files, proxies and clocks do to the client, one case for each; see README.md."""
