// SPDX-License-Identifier: BSL-1.0
// One thread notifies N callbacks.

#include "measure.hpp"
#include "scenarios.hpp"
#include "subject.hpp"

#include <memory>

namespace bench {

void notify(std::vector<row>& to, bool quick) {
    const parked_thread second;
    const event e;
    for (const std::size_t n : {1U, 4U, 16U, 64U, 1024U}) {
        std::vector<std::unique_ptr<subject>> subjects;
        std::vector<contestant> contestants;
        std::vector<long> expected;
        expected.reserve(libraries().size());
        for (const library& lib : libraries()) {
            if (lib.name == "assent, no_wait") continue; // notifies like the other
            subjects.push_back(lib.make());
            subjects.back()->attach(n);
            long& emitted = expected.emplace_back(0);
            contestants.push_back({lib.name, [&emitted, &e, &s = *subjects.back()](std::size_t times) {
                                       emitted += static_cast<long>(times);
                                       s.emit(e, times);
                                   }});
        }
        measure_in_turns(contestants, quick ? 5 : 2001);
        summary raw;
        for (std::size_t i = 0; i < contestants.size(); ++i) {
            require(subjects[i]->counted() == expected[i] * static_cast<long>(n),
                    "notify: callbacks were not called");
            const summary s = summarise(contestants[i].sample);
            if (i == 0) raw = s;
            to.push_back({"notify", "", contestants[i].name, n, 1, "ns", s, ratio(s, raw)});
        }
    }
}

} // namespace bench
