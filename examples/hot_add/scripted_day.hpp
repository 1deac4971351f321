// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_SCRIPTED_DAY_HPP
#define ASSENT_EXAMPLES_HOT_ADD_SCRIPTED_DAY_HPP

#include <ostream>

namespace hot_add {

/// Plays a day of a made-up machine, with four processors and two memory modules in the morning.
///
/// @param sabotage  lets a driver miss an event, to see that the check at the end notices.
/// @return  the program's exit status: 1 if a driver believes what is not true, or a scene went wrong.
[[nodiscard]] int play_scripted_day(std::ostream& out, bool sabotage);

} // namespace hot_add

#endif
