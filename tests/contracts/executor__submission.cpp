// SPDX-License-Identifier: BSL-1.0
// expected: assent: executor [execute]: needs `assent::submission execute(assent::task&&)`
#include <assent/assent.hpp>

struct saved {
    int revision;
};

struct executor {
#if defined(FIXED)
    assent::submission execute(assent::task&& t) {
        t.run();
        return assent::submission::accepted;
    }
#else
    void execute(assent::task&& t) { t.run(); }
#endif
};

void test(executor& on, assent::dispatcher<saved>& events) {
    static_cast<void>(assent::post(on, events, {1}));
}
