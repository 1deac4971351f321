// SPDX-License-Identifier: BSL-1.0
#include <assent/assent.hpp>

#include <cstdio>

struct config_changed {
    int version;
};

int main() {
    assent::dispatcher<config_changed> changes;
    {
        assent::registration r =
            changes.on([](const config_changed& e) { std::printf("now at version %d\n", e.version); });
        changes.notify({7}); // prints "now at version 7"
    } // r unregisters: from here on the callback is not running on any thread, and never will again
    changes.notify({8}); // prints nothing
}
