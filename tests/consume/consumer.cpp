// SPDX-License-Identifier: BSL-1.0
#include <assent/assent.hpp>

struct config_changed {
    int version;
};

int main() {
    int seen = 0;
    assent::dispatcher<config_changed> d;
    {
        auto r = d.on([&](const config_changed& e) { seen = e.version; });
        d.notify({7});
    }
    d.notify({8});
    return seen == 7 ? 0 : 1;
}
