// SPDX-License-Identifier: BSL-1.0
// expected: assent: keyed category [hash]: key_type is looked up in a table; specialise std::hash for it
#include <assent/assent.hpp>

struct device {
    int number;
    bool operator==(const device&) const = default;
};

struct change {
#if defined(FIXED)
    using event_type = int;
    using key_type = int;
    static int key(int e) { return e; }
#else
    using event_type = int;
    using key_type = device;
    static device key(int e) { return {e}; }
#endif
};

assent::dispatcher<change> changes;
