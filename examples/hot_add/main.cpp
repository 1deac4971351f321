// SPDX-License-Identifier: BSL-1.0
// Hot-add of processors and memory, seen by drivers written against the Windows DDI: see --help.
#include "live_run.hpp"
#include "options.hpp"
#include "scripted_day.hpp"
#include "timeline.hpp"

#include <iostream>

int main(int count, char** words) {
    const hot_add::named_thread name("main");
    const hot_add::options options = hot_add::parse_options(count, words);
    if (!options.error.empty()) {
        std::cerr << "hot_add: " << options.error << '\n';
        return 2;
    }
    int status = 0;
    if (options.help) {
        std::cout << hot_add::usage;
    } else if (options.live) {
        status = hot_add::run_live(std::cout, std::cerr, options.length);
    } else {
        status = hot_add::play_scripted_day(std::cout, options.sabotage);
    }
    if (!std::cout.flush()) {
        std::cerr << "hot_add: the output could not be written\n";
        return 2;
    }
    return status;
}
