/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_MAPPING_H
#define _TA_MAPPING_H

#include "region.h"

void ta_region_trim(struct ta_region *region, unsigned long first,
		    unsigned long last);
unsigned long ta_region_room(struct ta_region *region, unsigned long first,
			     unsigned long nr);
unsigned long ta_mapping_nr_pages(struct address_space *mapping,
				  struct mm_struct *mm);
unsigned long ta_mapping_nr_data(struct address_space *mapping,
				 struct mm_struct *mm);
unsigned long ta_mapping_nr_committed(struct address_space *mapping);

#endif /* _TA_MAPPING_H */
