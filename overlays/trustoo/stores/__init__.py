from ._redis_deliveries import *
from ._sql_deliveries import *
