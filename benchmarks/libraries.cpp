// SPDX-License-Identifier: BSL-1.0
#include "subject.hpp"

namespace bench {

const std::vector<library>& libraries() {
    static const std::vector<library> all = [] {
        std::vector<library> made;
        add_plain(made);
        add_assent(made);
        add_boost(made);
        add_sigc(made);
        return made;
    }();
    return all;
}

} // namespace bench
